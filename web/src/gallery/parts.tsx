import { useState } from 'react'
import { Problem } from '~/api/problem'
import { Badge, type Pain, PainLevel, StateBadge, TlpBadge } from '~/ui/Badge'
import { Button, IconButton } from '~/ui/Button'
import { Checkbox, Switch } from '~/ui/Checkbox'
import { ConfirmHost, confirm } from '~/ui/ConfirmDialog'
import { ConflictHost, saveVersioned } from '~/ui/ConflictDialog'
import { Dialog, Drawer } from '~/ui/Dialog'
import { Field, Form } from '~/ui/Form'
import { Input, Textarea } from '~/ui/Input'
import { Add, Delete, Edit, More, Search, Warning } from '~/ui/icons'
import { KeyHint } from '~/ui/KeyHint'
import { Menu } from '~/ui/Menu'
import { Notice } from '~/ui/Notice'
import { Combobox, Select } from '~/ui/Select'
import { EmptyState, ErrorState, Progress, Skeleton } from '~/ui/states'
import { Tabs } from '~/ui/Tabs'
import { Tag } from '~/ui/Tag'
import { toast } from '~/ui/Toast'
import { RelativeTime, ThreeDates } from '~/ui/time'
import { Value } from '~/ui/Value'

const TYPES = ['ipv4-addr', 'ipv6-addr', 'domain-name', 'url', 'email-addr', 'file:sha-256'].map((value) => ({
  value,
  label: value,
}))

export function Controls() {
  const [tags, setTags] = useState<string[]>(['url', 'ipv4-addr'])
  const [one, setOne] = useState<string | null>('domain-name')
  const [tab, setTab] = useState<'claims' | 'notes'>('claims')
  const [dialog, setDialog] = useState<'dialog' | 'drawer' | null>(null)
  const refused = new Problem({
    status: 422,
    code: 'invalid',
    errors: [{ name: 'url', code: 'bad_url', message: 'This is not a URL: it has no scheme.', params: {} }],
  })
  return (
    <div className="stack" style={{ maxWidth: 900 }}>
      <div className="inline">
        <Button tone="primary" icon={<Add className="icon" />} keys="n">
          Add source
        </Button>
        <Button icon={<Edit className="icon" />}>Edit</Button>
        <Button tone="danger" icon={<Delete className="icon" />}>
          Delete
        </Button>
        <Button tone="danger-solid">Delete for ever</Button>
        <Button tone="quiet">Quiet</Button>
        <Button busy>Saving</Button>
        <Button disabled>Disabled</Button>
        <Button small>Small</Button>
        <IconButton label="Search" icon={<Search className="icon" />} keys="/" />
        <Menu
          trigger={<IconButton label="More" icon={<More className="icon" />} />}
          entries={[
            { id: 'edit', label: 'Edit', icon: <Edit className="icon" />, keys: 'e', run: () => {} },
            'separator',
            { id: 'delete', label: 'Delete', icon: <Delete className="icon" />, danger: true, run: () => {} },
          ]}
        />
        <KeyHint keys="g h" />
        <KeyHint keys="Mod+Enter" />
      </div>
      <Tabs
        aria-label="Tabs"
        value={tab}
        onValue={setTab}
        tabs={[
          { id: 'claims', label: 'Claims', count: 1234, panel: <p>Claims</p> },
          { id: 'notes', label: 'Notes', count: 3, panel: <p>Notes</p> },
        ]}
      />
      <div style={{ display: 'grid', gridTemplateColumns: 'repeat(auto-fit, minmax(260px, 1fr))', gap: 24 }}>
        <Form onSubmit={() => {}} problem={refused} aria-label="A refused form">
          <Field name="name" label="Name" hint="As others will see it.">
            <Input defaultValue="CERT feed 国家互联网应急中心" />
          </Field>
          <Field name="url" label="Address">
            <Input defaultValue="feeds.example/rss" />
          </Field>
          <Field name="note" label="Note">
            <Textarea defaultValue="Read twice a day." rows={2} />
          </Field>
        </Form>
        <div className="form">
          <Field name="type" label="Type">
            <Select options={TYPES} defaultValue="url" />
          </Field>
          <Field name="single" label="Type, found by typing">
            <Combobox options={TYPES} value={one} onValue={setOne} placeholder="Type to find" />
          </Field>
          <Field name="types" label="Types">
            <Combobox multiple options={TYPES} value={tags} onValue={setTags} placeholder="Add a type" />
          </Field>
          <Checkbox defaultChecked>Accept what this source states</Checkbox>
          <Checkbox indeterminate>Some of them</Checkbox>
          <Switch defaultChecked>Enabled</Switch>
        </div>
      </div>
      <div className="inline">
        <Button onClick={() => setDialog('dialog')}>Dialog</Button>
        <Button onClick={() => setDialog('drawer')}>Drawer</Button>
        <Button
          onClick={() =>
            void confirm({
              title: 'Purge 12 reports?',
              body: 'Their claims, files and history go with them.',
              action: 'Purge 12 reports',
              danger: true,
              typed: 'purge',
            })
          }
        >
          Confirm
        </Button>
        <Button
          onClick={() =>
            void saveVersioned({
              etag: '"3"',
              reload: async () => '"4"',
              write: async (etag) => {
                if (etag === '"4"') return true
                throw new Problem({
                  status: 412,
                  code: 'conflict',
                  params: { who: '李雷', at: '2026-11-20T08:00:00Z', changed: ['to_ids', 'comment'] },
                })
              },
            })
          }
        >
          Conflict
        </Button>
        <Button onClick={() => toast({ title: '12 claims rejected', tone: 'success', undo: () => {} })}>
          Toast
        </Button>
        <Button
          onClick={() =>
            toast({
              title: 'Export failed',
              detail: 'The disk is full: free 2 GB and try again.',
              tone: 'error',
            })
          }
        >
          Error toast
        </Button>
      </div>
      <Dialog
        open={dialog === 'dialog'}
        onClose={() => setDialog(null)}
        title="Reject claim"
        description="It stays rejected when the source is read again."
        footer={<Button tone="primary">Reject</Button>}
      >
        <Field name="reason" label="Reason">
          <Textarea rows={2} />
        </Field>
      </Dialog>
      <Drawer open={dialog === 'drawer'} onClose={() => setDialog(null)} title="Claim 4711">
        <p>Details beside the list.</p>
      </Drawer>
      <ConfirmHost />
      <ConflictHost />
    </div>
  )
}

export function Marks() {
  const levels: Pain[] = [1, 2, 3, 4, 5, 6]
  const hostile = 'https://\u202egpj.exe@198.51.100.7/a?b=<script>alert(1)</script>'
  return (
    <div className="stack" style={{ maxWidth: 760 }}>
      <div className="inline">
        <StateBadge state="proposed" />
        <StateBadge state="accepted" />
        <StateBadge state="rejected" />
        <StateBadge state="suppressed" />
        <StateBadge state="accepted" compact />
        <Badge>neutral</Badge>
        <Badge tone="info">new</Badge>
        <Badge tone="success">healthy</Badge>
        <Badge tone="warning" icon={<Warning className="icon" />}>
          expires soon
        </Badge>
        <Badge tone="danger">failing</Badge>
      </div>
      <div className="inline">
        <TlpBadge level="clear" />
        <TlpBadge level="green" />
        <TlpBadge level="amber" />
        <TlpBadge level="amber+strict" />
        <TlpBadge level="red" />
        <TlpBadge level="amber" scheme="PAP" />
      </div>
      <div className="inline">
        <TlpBadge full level="clear" />
        <TlpBadge full level="green" />
        <TlpBadge full level="amber" />
        <TlpBadge full level="amber+strict" />
        <TlpBadge full level="red" />
      </div>
      <div className="inline">
        {levels.map((level) => (
          <PainLevel key={level} level={level} />
        ))}
      </div>
      <div className="inline">
        <Tag text="misp-galaxy:threat-actor=APT28" colour="#c0392b" />
        <Tag text="银狐" colour="#2980b9" onRemove={() => {}} />
        <Tag text="no colour" />
        <Tag text={`a very long tag ${'x'.repeat(120)}`} colour="javascript:alert(1)" />
      </div>
      <div className="card">
        <header>
          <h2>Values</h2>
        </header>
        <div className="body stack">
          <Value value="198.51.100.23" type="ipv4-addr" toolsShown />
          <Value value="2001:db8::1" type="ipv6-addr" />
          <Value value="evil.update-check.example" type="domain-name" struck />
          <Value value="https://user:pw@login.example/a.b?c=d" type="url" wrap />
          <Value value={hostile} type="url" wrap />
          <Value value="invoice@mail.example" type="email-addr" />
          <Value value={'ab'.repeat(32)} type="file:sha-256" />
        </div>
      </div>
      <dl className="facts">
        <dt>Seen</dt>
        <dd>
          <RelativeTime at="2026-11-20T08:00:00Z" />
        </dd>
        <dt>Dates</dt>
        <dd>
          <ThreeDates published={null} observed="2026-11-01T00:00:00Z" arrived="2026-11-20T08:00:00Z" />
        </dd>
        <dt>Never</dt>
        <dd>
          <RelativeTime at={null} />
        </dd>
      </dl>
    </div>
  )
}

export function Feedback() {
  return (
    <div style={{ display: 'grid', gridTemplateColumns: 'repeat(auto-fit, minmax(320px, 1fr))', gap: 16 }}>
      <div className="card">
        <EmptyState title="No sources yet" actions={<Button tone="primary">Add source</Button>}>
          Add a feed, a folder or a page; its reports appear here as they come in.
        </EmptyState>
      </div>
      <div className="card">
        <ErrorState problem={Problem.network(new TypeError('Failed to fetch'))} onRetry={() => {}} />
      </div>
      <div className="stack">
        <Notice>Exports take accepted claims only.</Notice>
        <Notice tone="success">Everything is reviewed.</Notice>
        <Notice tone="warning">This source has failed three times.</Notice>
        <Notice tone="danger">The folder cannot be read: permission denied.</Notice>
        <Progress label="Importing" value={42} detail="4,200 of 10,000" />
        <Progress label="Extracting" value={null} />
        <p>
          <Skeleton width={30} />
          <br />
          <Skeleton width={18} />
        </p>
      </div>
    </div>
  )
}
