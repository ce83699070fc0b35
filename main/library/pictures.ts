import type { PrepareOptions, DatasetSource } from '../../shared/domain/dataset'
import type { library } from '../../shared/protocol/library'
import type { Emit, Handlers } from '../../shared/protocol/service'
import { previewPictures } from '../pictures/preview'
import { scanSource } from '../pictures/scan'
import type { ScanProgress } from '../pictures/scanFindings'
import type { Jobs } from './jobs'

/** Milliseconds between two `scan` events: thumbnails appear one by one, and a large folder floods nobody. */
const SCAN_MS = 120

/** The part of the library protocol that looks at pictures before they are prepared. */
export function pictureHandlers(jobs: Jobs, emit: Emit<typeof library>) {
  return {
    scanSource: async (source: DatasetSource) => {
      const jobId: string = jobs.start(async (report, signal) => {
        const told = gathered((scan) => emit('scan', { jobId, ...scan }))
        await scanSource(source, {
          signal,
          onFound: (progress) => {
            told.add(progress)
            report(progress.scan.name, progress.done, progress.total)
          },
        })
        told.flush()
        return ''
      })
      return { jobId }
    },
    previewPictures: async (asked: { options: PrepareOptions; paths: string[] }) =>
      previewPictures(asked.options, asked.paths),
  } satisfies Partial<Handlers<typeof library>>
}

type Found = Pick<ScanProgress, 'scan' | 'thumbnails'>

/** Passes findings on at most every {@link SCAN_MS}; thumbnails wait for the next, and none is lost. */
function gathered(send: (found: Found) => void) {
  let waiting: Found | null = null
  let sentAt = -Infinity
  const flush = () => {
    if (waiting === null) return
    send(waiting)
    waiting = null
    sentAt = performance.now()
  }
  return {
    add({ scan, thumbnails }: ScanProgress): void {
      waiting = { scan, thumbnails: [...(waiting?.thumbnails ?? []), ...thumbnails] }
      if (performance.now() - sentAt >= SCAN_MS) flush()
    },
    flush,
  }
}
