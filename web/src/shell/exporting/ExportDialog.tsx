import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { exportHref, FORMATS, type Format, type Selection } from '~/api/exporting'
import { useCan } from '~/api/session'
import { Button, buttonClass } from '~/ui/Button'
import { Dialog } from '~/ui/Dialog'
import { Field } from '~/ui/Form'
import { Input } from '~/ui/Input'
import { Download } from '~/ui/icons'
import { Select } from '~/ui/Select'
import { closeExport, type ExportWish } from './openExport'
import { SelectionFields } from './SelectionFields'
import { SelectionPreview } from './SelectionPreview'

/** Exports a selection as a file: format, rules, ceiling, and what would leave. */
export default function ExportDialog({ wish }: { wish: ExportWish }) {
  const { t } = useTranslation()
  const can = useCan()
  const [selection, setSelection] = useState<Selection>({ q: wish.q, all: wish.all ?? false, tlp: 'amber' })
  const [format, setFormat] = useState<Format>('stix21')
  const [title, setTitle] = useState(wish.title ?? '')
  return (
    <Dialog
      open
      sticky
      onClose={closeExport}
      title={t('exports.direct')}
      description={t('exports.direct_lead')}
      footer={
        <>
          {can('exports.manage') ? (
            <Link
              to="/exports"
              search={{ make: '1', q: selection.q || undefined }}
              className={buttonClass('quiet', false, 'push-after')}
              onClick={closeExport}
            >
              {t('exports.make_stable')}
            </Link>
          ) : null}
          <Button onClick={closeExport}>{t('ui.cancel')}</Button>
          <a
            className={buttonClass('primary')}
            href={exportHref(selection, format, title.trim())}
            download
            onClick={() => setTimeout(closeExport, 300)}
          >
            <Download className="icon" />
            {t('exports.download')}
          </a>
        </>
      }
    >
      <div className="form">
        <Field name="format" label={t('exports.format')} hint={t(`format.${format}_hint`)}>
          <Select
            options={FORMATS.map((name) => ({ value: name, label: t(`format.${name}`) }))}
            value={format}
            onValue={setFormat}
          />
        </Field>
        <SelectionFields value={selection} onValue={setSelection} />
        <Field name="title" label={t('exports.file_title')}>
          <Input value={title} onValue={setTitle} maxLength={300} />
        </Field>
        <SelectionPreview selection={selection} onLeave={closeExport} />
      </div>
    </Dialog>
  )
}
