import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../Button'
import { Dialog } from '../Dialog'
import { Field, Form } from '../Form'
import { Input } from '../Input'
import { ChevronDown, Delete, Save } from '../icons'
import { Menu, type MenuEntry } from '../Menu'
import { toast } from '../Toast'
import { searchText, useSavedViews } from './savedViews'

/** Names the filter on the page and brings back those named before. */
export function SavedViews(props: {
  page: string
  search: Record<string, unknown>
  onApply: (search: Record<string, unknown>) => void
}) {
  const { t } = useTranslation()
  const { views, save, remove } = useSavedViews(props.page)
  const [naming, setNaming] = useState(false)
  const [name, setName] = useState('')
  const here = searchText(props.search)
  const current = views.find((view) => searchText(view.search) === here)
  const entries: MenuEntry[] = [
    ...views.map((view) => ({
      id: `view.${view.id}`,
      label: view.author ? t('views.of', { name: view.name, author: view.author }) : view.name,
      run: () => props.onApply(view.search),
    })),
    ...(views.length > 0 ? (['separator'] as const) : []),
    {
      id: 'save',
      label: t('views.save'),
      icon: <Save className="icon" />,
      run: () => {
        setName(current?.name ?? '')
        setNaming(true)
      },
    },
    ...(current && !current.author
      ? [
          {
            id: 'remove',
            label: t('views.remove', { name: current.name }),
            icon: <Delete className="icon" />,
            danger: true,
            run: () => {
              void remove(current.id).then(() =>
                toast({
                  title: t('views.removed', { name: current.name }),
                  undo: () => void save(current.name, current.search),
                }),
              )
            },
          },
        ]
      : []),
  ]
  return (
    <>
      <Menu
        align="start"
        trigger={
          <Button small tone="quiet">
            {current?.name ?? t('views.title')} <ChevronDown className="icon" />
          </Button>
        }
        entries={entries}
      />
      <Dialog open={naming} onClose={() => setNaming(false)} title={t('views.save')}>
        <Form
          onSubmit={() => {
            if (!name.trim()) return
            void save(name.trim(), props.search)
            setNaming(false)
          }}
        >
          <Field name="view" label={t('views.name')} hint={t('views.hint')}>
            <Input value={name} onValue={setName} autoFocus maxLength={80} />
          </Field>
          <div className="form-actions">
            <Button onClick={() => setNaming(false)}>{t('ui.cancel')}</Button>
            <Button tone="primary" type="submit" disabled={!name.trim()}>
              {t('ui.save')}
            </Button>
          </div>
        </Form>
      </Dialog>
    </>
  )
}
