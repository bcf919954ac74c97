import { act } from 'react'
import { expect, test, vi } from 'vitest'
import { Problem } from '~/api/problem'
import { render } from '~/test-render'
import { ConflictHost, saveVersioned } from './ConflictDialog'
import { TipProvider } from './Tooltip'

const first = new Problem({
  status: 412,
  code: 'conflict',
  params: { who: '李雷', at: '2026-11-20T08:00:00Z', changed: ['comment', 'to_ids'] },
})

/** A server whose item is at version 2 while the page has read version 1. */
function server() {
  return vi.fn(async (etag: string) => {
    if (etag === '"2"') return 'saved'
    throw first
  })
}

async function answer(button: string) {
  const found = [...document.querySelectorAll('button')].find((each) => each.textContent === button)
  await act(async () => found?.click())
}

test('without a conflict the write runs once, with the version read', async () => {
  const write = vi.fn(async (etag: string) => `saved ${etag}`)
  expect(await saveVersioned({ etag: '"1"', write, reload: async () => '"2"' })).toBe('saved "1"')
  expect(write).toHaveBeenCalledTimes(1)
})

test('other problems pass through', async () => {
  const write = async () => {
    throw new Problem({ status: 403 })
  }
  await expect(saveVersioned({ etag: '"1"', write, reload: async () => '"2"' })).rejects.toMatchObject({
    status: 403,
  })
})

test('a conflict names who and what; mine goes over it, theirs and back write nothing', async () => {
  await render(
    <TipProvider>
      <ConflictHost />
    </TipProvider>,
  )
  for (const [button, want, writes, reloads] of [
    ['Overwrite with mine', 'saved', 2, 1],
    ['Take theirs', undefined, 1, 1],
    ['Back to my changes', undefined, 1, 0],
  ] as const) {
    const write = server()
    const reload = vi.fn(async () => '"2"')
    let saving: Promise<unknown> = Promise.resolve()
    await act(async () => {
      saving = saveVersioned({ etag: '"1"', write, reload })
      await Promise.resolve()
    })
    expect(document.body.textContent).toContain('李雷 was first')
    expect(document.body.textContent).toContain('comment, to_ids')
    await answer(button)
    expect(await saving).toBe(want)
    expect([button, write.mock.calls.length, reload.mock.calls.length]).toEqual([button, writes, reloads])
  }
})
