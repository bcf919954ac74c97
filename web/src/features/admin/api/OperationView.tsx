import { useTranslation } from 'react-i18next'
import { Button } from '~/ui/Button'
import { Copy } from '~/ui/icons'
import { copyText } from '~/ui/Value'
import {
  curlOf,
  type Description,
  type JsonSchema,
  limitsOf,
  type Operation,
  resolve,
  typeText,
} from './openapi'

/** One operation: what it takes, what it answers, and a command line that calls it. */
export function OperationView(props: { op: Operation; description: Description; onBack: () => void }) {
  const { t } = useTranslation()
  const { op, description } = props
  const curl = curlOf(description, op, location.origin)
  const body = Object.entries(op.requestBody?.content ?? {})
  const responses = Object.entries(op.responses ?? {})
  const good = responses.filter(([status]) => status.startsWith('2'))
  const bad = responses.filter(([status]) => !status.startsWith('2')).map(([status]) => status)
  return (
    <article className="stack">
      <Button small className="api-back" onClick={props.onBack}>
        {t('apiview.operations')}
      </Button>
      <h2>{op.summary ?? op.id}</h2>
      <p className="api-path">
        <span className={`method ${op.method}`}>{op.method.toUpperCase()}</span>{' '}
        <code>
          {description.servers?.[0]?.url ?? ''}
          {op.path}
        </code>
      </p>
      {op.description ? <p className="api-text">{op.description}</p> : null}
      <div className="api-curl">
        <pre className="code-line">{curl}</pre>
        <Button
          small
          icon={<Copy className="icon" />}
          onClick={() => void copyText(curl, t('ui.copied_secret'))}
        >
          {t('ui.copy')}
        </Button>
      </div>
      {op.parameters && op.parameters.length > 0 ? (
        <section>
          <h3>{t('apiview.parameters')}</h3>
          <table className="plain-table">
            <thead>
              <tr>
                <th>{t('apiview.name')}</th>
                <th>{t('apiview.type')}</th>
                <th>{t('apiview.meaning')}</th>
              </tr>
            </thead>
            <tbody>
              {op.parameters.map((each) => (
                <tr key={`${each.in}.${each.name}`}>
                  <td>
                    <code>{each.name}</code> <span className="muted">{each.in}</span>
                    {each.required ? <span className="must"> *</span> : null}
                  </td>
                  <td>
                    <code>{typeText(each.schema)}</code>
                  </td>
                  <td>
                    {each.description}
                    {each.schema ? <Limits schema={each.schema} /> : null}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      ) : null}
      {body.map(([type, { schema }]) => (
        <section key={type}>
          <h3>
            {t('apiview.body')} <code className="muted">{type}</code>
          </h3>
          {schema ? <SchemaView schema={schema} description={description} open /> : null}
        </section>
      ))}
      {good.map(([status, answer]) => (
        <section key={status}>
          <h3>
            {t('apiview.answer')} <code>{status}</code>
          </h3>
          {Object.entries(answer.content ?? {}).map(([type, { schema }]) =>
            schema ? <SchemaView key={type} schema={schema} description={description} open /> : null,
          )}
          {Object.keys(answer.content ?? {}).length === 0 ? (
            <p className="muted">{t('apiview.no_body')}</p>
          ) : null}
        </section>
      ))}
      {bad.length > 0 ? <p className="muted">{t('apiview.errors', { statuses: bad.join(', ') })}</p> : null}
    </article>
  )
}

function Limits({ schema }: { schema: JsonSchema }) {
  const limits = limitsOf(schema)
  return limits.length > 0 ? <code className="limits">{limits.join('  ')}</code> : null
}

/** The properties of a schema; those of named schemas inside unfold on demand. */
function SchemaView(props: { schema: JsonSchema; description: Description; open?: boolean; depth?: number }) {
  const { t } = useTranslation()
  const { description, depth = 0 } = props
  const { schema, name } = resolve(description, props.schema)
  if (schema.type === 'array' && schema.items) {
    return <SchemaView {...props} schema={schema.items} />
  }
  const properties = Object.entries(schema.properties ?? {})
  if (properties.length === 0) return <code>{typeText(schema)}</code>
  if (depth > 6) return <code>{name}</code>
  return (
    <details className="fold" open={props.open}>
      <summary>{name || typeText(schema)}</summary>
      <dl className="properties">
        {properties.map(([property, inner]) => {
          const list = inner.items ?? inner
          const nested = resolve(description, list)
          const unfolds = nested.schema.properties !== undefined
          return (
            <div key={property}>
              <dt>
                <code>{property}</code>
                {schema.required?.includes(property) ? <span className="must"> *</span> : null}{' '}
                <span className="muted">{typeText(inner)}</span>
              </dt>
              <dd>
                {inner.description}
                <Limits schema={inner} />
                {unfolds ? <SchemaView schema={list} description={description} depth={depth + 1} /> : null}
              </dd>
            </div>
          )
        })}
      </dl>
      {depth === 0 && schema.required ? <p className="muted">{t('apiview.required')}</p> : null}
    </details>
  )
}
