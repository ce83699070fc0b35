import type { faultRequests } from '../../shared/protocol/faults'
import type { Handlers } from '../../shared/protocol/service'
import type { Catalog } from '../store/catalog'
import type { Home } from '../store/home'
import type { Jobs } from './jobs'
import { repairFile } from './repair'

type FaultHandlers = Handlers<{
  name: 'library'
  requests: typeof faultRequests
  events: Record<string, never>
}>

/** Answers the requests about files that cannot be used; `changed` tells all windows that runs changed. */
export function faultHandlers(parts: {
  home: Home
  catalog: Catalog
  jobs: Jobs
  changed: () => void
}): FaultHandlers {
  const { home, catalog, jobs, changed } = parts
  return {
    problems: async () => catalog.problems(),
    repairFile: async ({ kind, id }) => ({
      jobId: jobs.start(async (report, signal) => {
        const onProgress = (p: { label: string; done: number; total: number | null }) =>
          report(p.label, p.done, p.total)
        const result = await repairFile(home, kind, id, { onProgress, signal })
        changed()
        return JSON.stringify(result)
      }),
    }),
  }
}
