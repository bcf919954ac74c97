import { Popover } from '@base-ui/react/popover'
import { useTranslation } from 'react-i18next'
import { Button, IconButton } from '../Button'
import { Checkbox } from '../Checkbox'
import { Columns, DensityDense, DensityNormal, SortDown, SortUp } from '../icons'
import { densityPreference, usePreference } from '../preferences'
import { type GridColumn, moveBefore } from './columns'
import type { GridModel } from './useGridTable'

/** Which columns show, in what order, and how tall rows are. */
export function ColumnMenu<T extends object>(props: {
  model: GridModel<T>
  columns: readonly GridColumn<T>[]
}) {
  const { t } = useTranslation()
  const { model } = props
  const density = usePreference(densityPreference)
  const dense = density === 'dense'
  const byId = new Map(props.columns.map((column) => [column.id, column]))
  const shift = (id: string, by: -1 | 1) => {
    const at = model.order.indexOf(id)
    const target = by < 0 ? model.order[at - 1] : model.order[at + 2]
    model.setOrder(moveBefore(model.order, id, target ?? null))
  }
  return (
    <Popover.Root>
      <Popover.Trigger
        render={<IconButton small label={t('grid.columns')} icon={<Columns className="icon" />} />}
      />
      <Popover.Portal>
        <Popover.Positioner className="positioner" sideOffset={4} align="end">
          <Popover.Popup className="popup">
            <Popover.Title className="option-group">{t('grid.columns')}</Popover.Title>
            <ul className="column-list">
              {model.order.map((id, i) => {
                const column = byId.get(id)
                if (!column) return null
                return (
                  <li key={id}>
                    <Checkbox
                      checked={model.visibility[id] ?? true}
                      disabled={column.fixed ?? false}
                      onChecked={(on) => model.setHidden(id, !on)}
                    >
                      {column.header}
                    </Checkbox>
                    <IconButton
                      small
                      label={t('grid.move_up', { column: column.header })}
                      disabled={i === 0}
                      icon={<SortUp className="icon" />}
                      onClick={() => shift(id, -1)}
                    />
                    <IconButton
                      small
                      label={t('grid.move_down', { column: column.header })}
                      disabled={i === model.order.length - 1}
                      icon={<SortDown className="icon" />}
                      onClick={() => shift(id, 1)}
                    />
                  </li>
                )
              })}
            </ul>
            <div className="separator" />
            <div className="inline spread">
              <Button
                tone="quiet"
                small
                icon={dense ? <DensityNormal className="icon" /> : <DensityDense className="icon" />}
                onClick={() => densityPreference.set(dense ? 'normal' : 'dense')}
              >
                {dense ? t('grid.normal_rows') : t('grid.dense_rows')}
              </Button>
              <Button tone="quiet" small onClick={model.reset}>
                {t('grid.reset')}
              </Button>
            </div>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  )
}
