import { explained } from '../../shared/domain/explanation'
import type { MosaicFrame } from '../../shared/domain/mosaicHistory'
import type { runPictures } from '../../shared/protocol/runPictures'
import type { Handlers } from '../../shared/protocol/service'
import { mosaicRowClasses } from '../export/fadePaths'
import { tileFrame, wholeFrame } from '../pictures/frames'
import { DatasetFile } from '../store/datasetFile'
import type { Home } from '../store/home'
import { RunFile } from '../store/runFile'
import { tryLockRun } from '../store/runLock'
import { FadeMicroscope } from './fadeMicroscope'
import { drawReals } from './realPictures'
import { workOnRun } from './readRun'

type Answers = Handlers<{ name: 'library'; requests: typeof runPictures; events: {} }>
type Asked<K extends keyof Answers> = Parameters<Answers[K]>[0]

/** Answers the questions about runs' pictures and checkpoints, for one home folder. */
export function runPictureHandlers(home: Home): Answers {
  const microscope = new FadeMicroscope(home)
  return {
    mosaicList: ({ runId }) => workOnRun(home, runId, (run) => run.mosaics()),
    mosaicFrames: (asked) => workOnRun(home, asked.runId, (run) => framesOf(run, asked)),
    realPictures: (asked) => workOnRun(home, asked.runId, (run) => realsOf(home, run, asked)),
    listCheckpoints: ({ runId }) => workOnRun(home, runId, (run) => run.storedCheckpoints()),
    pinCheckpoint: async (asked) => pin(home, asked),
    fadeMicroscope: (asked) => microscope.look(asked),
  }
}

async function framesOf(
  run: RunFile,
  { seqs, tile, maxPixels }: Asked<'mosaicFrames'>,
): Promise<MosaicFrame[]> {
  // Read first: what is decoded below must not depend on what a trainer does meanwhile.
  const found = seqs.flatMap((seq) => {
    const webp = run.mosaicPicture(seq)
    return webp === null ? [] : [{ seq, webp }]
  })
  const grids =
    tile === null ? null : new Map(run.mosaics().map((entry) => [entry.seq, entry] as const))
  return Promise.all(
    found.map(async ({ seq, webp }) => {
      const grid = grids?.get(seq)
      return {
        seq,
        frame:
          tile === null || grid === undefined
            ? await wholeFrame(webp, maxPixels)
            : await tileFrame(webp, grid, tile, maxPixels),
      }
    }),
  )
}

async function realsOf(home: Home, run: RunFile, asked: Asked<'realPictures'>) {
  const { imagesSeen, columns, rows, maxPixels } = asked
  const dataset = DatasetFile.open(home.datasetFile(run.summary().datasetId))
  try {
    const rowClasses = mosaicRowClasses(run.config)
    const grid = { columns, rows, rowClasses: rowClasses?.slice(0, rows) ?? null }
    return await drawReals(dataset, run.config, imagesSeen, grid, maxPixels)
  } finally {
    dataset.close()
  }
}

/** One writer a file: whoever pins holds the run's lock for that moment. */
function pin(home: Home, { runId, checkpointId, pinned }: Asked<'pinCheckpoint'>): void {
  const run = RunFile.openForWriting(home.runFile(runId))
  try {
    const lock = tryLockRun(home.lockFile(runId))
    if (lock === null) {
      throw explained('run_pinned_elsewhere', {})
    }
    try {
      run.pinCheckpoint(checkpointId, pinned)
    } finally {
      lock.release()
    }
  } finally {
    run.close()
  }
}
