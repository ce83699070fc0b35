import { join } from 'node:path'
import * as v from 'valibot'
import { DeviceSchema } from '../../shared/domain/device'
import { trainer } from '../../shared/protocol/trainer'
import { serveService } from '../../shared/protocol/connect'
import { totalImages } from '../../shared/schedule'
import { endWorker, onConnect, reportFatal } from '../ipc/workerPorts'
import { openHome } from '../store/home'
import { openTraining, trainOrFail, type OpenTraining } from './openTraining'

/**
 * One run's trainer process: `--run <id>` says which, SPROUT_HOME where, `--device <name>` on what if that shall be
 * another than before. It begins to train at once and ends when the run is finished, stopped or failed.
 */
async function main(): Promise<void> {
  const runId = argument('--run')
  if (runId === undefined) throw new Error('--run is missing')
  const training = openTraining(
    openHome(process.env.SPROUT_HOME!),
    runId,
    join(__dirname, 'reader.cjs'),
    v.parse(v.optional(DeviceSchema), argument('--device')),
  )
  try {
    serve(training)
    await trainOrFail(training)
  } finally {
    training.close()
  }
}

/** The argument after `name`; undefined where it is not there. */
function argument(name: string): string | undefined {
  const place = process.argv.indexOf(name)
  return place < 0 ? undefined : process.argv[place + 1]
}

/** Serves the trainer protocol on every port that main hands over. */
function serve({ run, control, journal, writes }: OpenTraining): void {
  onConnect((port) => {
    const { emit, close } = serveService(trainer, port, {
      pause: async () => control.pause(),
      resume: async () => control.resume(),
      stop: async () => control.stop(),
      checkpointNow: async () => control.wantCheckpoint(),
      pinCheckpoint: async ({ checkpointId, pinned }) =>
        journal.pinCheckpoint(checkpointId, pinned),
      sampleNow: async () => control.wantSample(),
      addNote: async ({ text }) =>
        journal.recordNow({ kind: 'note', imagesSeen: control.imagesSeen, text }),
      changeSettings: async (change) => journal.changeSettings(change, control.imagesSeen),
      progress: async () => ({
        imagesSeen: control.imagesSeen,
        totalImages: totalImages(run.config),
      }),
      trouble: async () => writes.trouble,
      eventsAfter: async ({ afterSeq, limit }) => run.eventsAfter(afterSeq, limit),
    })
    const forget = journal.observe((event) => emit('event', event))
    const calm = writes.observe((trouble) => emit('trouble', trouble))
    return () => {
      forget()
      calm()
      close()
    }
  })
}

main().then(endWorker, reportFatal)
