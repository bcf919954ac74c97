import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { openEvents } from '~/api/events'
import { getRun, type Run, type RunLine, runsKey, sourceKey } from '../api'

interface News {
  run: string
  outcome: Run['outcome']
  ended?: string
  items: number
  fresh: number
  skipped: number
  error?: string
  lines: RunLine[]
}

/** One visit with its log, which grows while the visit goes on. */
export function useRunLog(source: string, id: string) {
  const client = useQueryClient()
  const query = useQuery({
    queryKey: [...runsKey(source), id],
    queryFn: ({ signal }) => getRun(source, id, signal),
    // Where the stream does not come through (a proxy that holds it back) the log still grows.
    refetchInterval: (each) => (each.state.data?.outcome === 'running' ? 5000 : false),
  })
  const [live, setLive] = useState<Run>()
  const going = query.data?.outcome === 'running'
  useEffect(() => {
    if (!going) return
    let lines: RunLine[] = []
    return openEvents(`run=${encodeURIComponent(id)}`, {
      // The server tells a run from its beginning on every connection.
      onOpen: () => {
        lines = []
      },
      onEvent: (event) => {
        if (event.event !== 'run-log') return
        const news = readNews(event.data)
        if (news?.run !== id) return
        lines = [...lines, ...news.lines]
        const { run: _, ...rest } = news
        setLive((before) => ({ id, source, started: before?.started ?? '', ...rest, log: lines }))
        if (news.outcome !== 'running') {
          void client.invalidateQueries({ queryKey: runsKey(source) })
          void client.invalidateQueries({ queryKey: sourceKey(source) })
        }
      },
    })
  }, [going, id, source, client])
  const stored = query.data
  const run =
    stored && going && live?.id === id && (live.log?.length ?? 0) >= (stored.log?.length ?? 0)
      ? { ...live, started: stored.started }
      : stored
  return { run, problem: query.error, retry: query.refetch }
}

function readNews(data: string): News | undefined {
  try {
    return JSON.parse(data) as News
  } catch {
    return undefined
  }
}
