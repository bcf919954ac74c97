import type { Page } from '~/api/paging'
import { Problem } from '~/api/problem'
import { call } from '../api'
import type { Tlp } from '../types'

/** What goes with everything that is added at once. */
export interface DropMeta {
  title?: string
  tlp?: Tlp
  tags?: readonly string[]
  accept?: boolean
}

export interface Taken {
  id: string
  name?: string
  url?: string
  size: number
}

export interface DropState {
  state: 'queued' | 'done' | 'quarantined' | 'failed'
  reports: readonly string[]
  code?: string
  message?: string
}

export interface PreviewItem {
  name?: string
  title: string
  url?: string
  published?: string
  claims: readonly {
    type: string
    value: string
    defanged: string
    comment?: string
    listed?: boolean
    own?: boolean
  }[]
  suppressed: number
  refused: readonly { index: number; value: string; code?: string; message?: string }[]
  code?: string
  message?: string
  params?: Record<string, unknown>
}

type Words = { text: string } | { url: string }

export const dropWords = (words: Words, meta: DropMeta) =>
  call.post<Page<Taken>>('/drop', { body: { ...words, ...meta } })

export const previewWords = (words: Words, meta: DropMeta, signal?: AbortSignal) =>
  call.post<Page<PreviewItem>>('/drop/preview', { body: { ...words, ...meta }, signal })

function form(files: readonly File[], meta: DropMeta): FormData {
  const data = new FormData()
  // Before the files: the server reads the parts in their order.
  data.append('meta', JSON.stringify(meta))
  for (const file of files) data.append('file', file, file.name)
  return data
}

export const previewFiles = (files: readonly File[], meta: DropMeta, signal?: AbortSignal) =>
  call.post<Page<PreviewItem>>('/drop/preview', { body: form(files, meta), signal })

/** Sends one file and tells how far it has come, which fetch cannot. */
export function dropFile(file: File, meta: DropMeta, step: (share: number) => void): Promise<Page<Taken>> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', '/api/v1/drop')
    request.setRequestHeader('Accept', 'application/json')
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) step(event.loaded / event.total)
    }
    request.onerror = () => reject(Problem.network(new Error('upload')))
    request.onload = () => {
      const answer = new Response(request.responseText, {
        status: request.status,
        headers: { 'Content-Type': request.getResponseHeader('Content-Type') ?? '' },
      })
      if (answer.ok) answer.json().then(resolve, reject)
      else void Problem.fromResponse(answer).then(reject)
    }
    request.send(form([file], meta))
  })
}

export const dropState = (id: string, signal?: AbortSignal) =>
  call.get<DropState>('/drop/{id}', { path: { id }, signal })

/** The address in a text that is nothing else, as people paste it, also defanged. */
export function addressIn(text: string): string | undefined {
  const word = text.trim()
  return /^h(tt|xx)ps?(:|\[:\])\/\/\S+$/i.test(word) ? word : undefined
}

export function bytes(n: number): string {
  if (n < 1024) return `${n} B`
  const units = ['KB', 'MB', 'GB']
  let value = n / 1024
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit] ?? ''}`
}
