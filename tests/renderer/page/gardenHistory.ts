import type { historyRequests } from '../../../shared/protocol/history'
import type { Handlers } from '../../../shared/protocol/service'
import type { Garden } from './garden'
import type { FakeTrainer } from './fakeTrainer'

/** What the made-up computer answers about its history. */
export function gardenHistory(garden: Garden): Handlers<{
  name: 'library'
  requests: typeof historyRequests
  events: Record<string, never>
}> {
  const trash = new Map<string, FakeTrainer>()
  const of = (runId: string) => garden.trainers.get(runId)!
  const changed = () => garden.libraryEmit('runsChanged', {})
  let revision = 0
  return {
    runsSince: async () => ({
      revision: ++revision,
      changed: [...garden.trainers.values()].map(({ summary }) => ({ ...summary })),
      ids: [...garden.trainers.keys()],
    }),
    thumbnail: async ({ runId }) => of(runId).thumbnail,
    updateRun: async ({ runId, changes }) => {
      Object.assign(of(runId).summary, changes)
      changed()
      return of(runId).summary
    },
    trashRun: async ({ runId }) => {
      trash.set(runId, of(runId))
      garden.trainers.delete(runId)
      changed()
    },
    restoreRun: async ({ runId }) => {
      garden.trainers.set(runId, trash.get(runId)!)
      trash.delete(runId)
      changed()
      return of(runId).summary
    },
    listTrash: async () =>
      [...trash].map(([runId, { summary }]) => ({
        runId,
        name: summary.name,
        diskBytes: summary.diskBytes,
        trashedAt: Date.now(),
      })),
    emptyTrash: async () => trash.clear(),
    branchRun: async ({ name, config }) => garden.add(name, 'paused', config).summary,
    prepareForRun: async () => garden.job(3, 10, 'dataset-2'),
    rewindRun: async ({ runId }) => of(runId).summary,
    exportRun: async ({ file }) => garden.job(3, 10, file),
    copyRunForDrag: async ({ runId }) => garden.job(1, 1, `/tmp/${runId}.sprout`),
    importRun: async () =>
      garden.job(
        3,
        10,
        garden.add('From elsewhere', 'paused', of('run-1').summary.config).summary.id,
      ),
  }
}
