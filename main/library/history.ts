import { explained } from '../../shared/domain/explanation'
import type { RunSummary } from '../../shared/domain/run'
import type { historyRequests } from '../../shared/protocol/history'
import type { Handlers } from '../../shared/protocol/service'
import type { PrepareProgress } from '../pictures/prepare'
import { makeThumbnail } from '../pictures/thumbnail'
import type { Catalog } from '../store/catalog'
import type { Home } from '../store/home'
import { importRun } from '../store/importRun'
import { RunFile } from '../store/runFile'
import { tryLockRun } from '../store/runLock'
import { copyRun } from '../store/snapshot'
import { copyForDrag, dropDragCopies } from '../store/dragCopies'
import { Trash, TRASH_DAYS } from '../store/trash'
import { branchRun } from './branch'
import { updateDetails } from './details'
import type { Jobs } from './jobs'
import { prepareLarger } from './largerDataset'
import { RunList } from './runList'
import { newRunId } from './runs'
import { readRun } from './readRun'

type HistoryHandlers = Handlers<{
  name: 'library'
  requests: typeof historyRequests
  events: Record<string, never>
}>

/** What the history's requests work on; `changed` tells all windows that runs changed. */
export type HistoryParts = { home: Home; catalog: Catalog; jobs: Jobs; changed: () => void }

/** Answers the requests about the history; see `shared/protocol/history.ts`. Removes what lay in the trash for long. */
export function historyHandlers({ home, catalog, jobs, changed }: HistoryParts): HistoryHandlers {
  const list = new RunList()
  const trash = new Trash(home)
  trash.empty(TRASH_DAYS)
  dropDragCopies(home)
  const changedRun = (runId: string): RunSummary => {
    changed()
    return catalog.findRun(runId)
  }

  return {
    runsSince: async ({ revision }) => list.since(catalog.listRuns(), revision),
    thumbnail: ({ runId }) => thumbnail(home, catalog, runId),
    updateRun: async ({ runId, changes }) => {
      await updateDetails(home.runFile(runId), changes)
      return changedRun(runId)
    },
    trashRun: async ({ runId }) => {
      trash.put(runId)
      changed()
    },
    restoreRun: async ({ runId }) => {
      trash.restore(runId)
      return changedRun(runId)
    },
    listTrash: async () => trash.list(),
    emptyTrash: async () => trash.empty(),
    branchRun: async (wanted) => changedRun(branchRun(home, wanted)),
    prepareForRun: async ({ runId, finalResolution }) => ({
      jobId: jobs.start(async (report, signal) => {
        const { datasetId } = catalog.findRun(runId)
        const onProgress = (p: PrepareProgress) => report(p.label, p.done, p.total)
        return prepareLarger(home, datasetId, finalResolution, { onProgress, signal })
      }),
    }),
    rewindRun: async ({ runId, checkpointId }) => {
      rewind(home, runId, checkpointId)
      return changedRun(runId)
    },
    exportRun: async ({ runId, file }) => ({
      jobId: jobs.start(async (report, signal) => {
        const onProgress = (done: number, total: number) => report(file, done, total)
        await copyRun(home.runFile(runId), file, { onProgress, signal })
        return file
      }),
    }),
    copyRunForDrag: async ({ runId }) => ({
      jobId: jobs.start((report, signal) => {
        const run = catalog.findRun(runId)
        const onProgress = (done: number, total: number) => report(run.name, done, total)
        return copyForDrag(home, run, { onProgress, signal })
      }),
    }),
    importRun: async ({ file }) => ({
      jobId: jobs.start(async (report, signal) => {
        const onProgress = (done: number, total: number) => report(file, done, total)
        const { runId } = await importRun(home, file, newRunId, { onProgress, signal })
        changed()
        return runId
      }),
    }),
  }
}

/** The run's newest mosaic made small, remembered in the catalog. */
async function thumbnail(
  home: Home,
  catalog: Catalog,
  runId: string,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const file = home.runFile(runId)
  const seq = readRun(home, runId, (run) => run.newestMosaicSeq())
  if (seq === null) return null
  const known = catalog.thumbnail(file, seq)
  if (known !== null) return known
  const mosaic = readRun(home, runId, (run) => run.newestMosaic())
  if (mosaic === null) return null
  const made = new Uint8Array(await makeThumbnail(mosaic.webp))
  catalog.rememberThumbnail(file, mosaic.seq, made)
  return made
}

function rewind(home: Home, runId: string, checkpointId: number): void {
  const lock = tryLockRun(home.lockFile(runId))
  if (lock === null) throw explained('run_trains_rewind', {})
  try {
    const run = RunFile.openForWriting(home.runFile(runId))
    try {
      run.rewindTo(checkpointId)
    } finally {
      run.close()
    }
  } finally {
    lock.release()
  }
}
