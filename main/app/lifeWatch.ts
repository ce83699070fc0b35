import { connectService } from '../../shared/protocol/connect'
import { trainer } from '../../shared/protocol/trainer'
import { portOf } from '../ipc/electronPort'
import type { WorkerProcess } from './workerProcess'

/** Between two looks. Time is counted in looks, so that a computer that slept does not take it for silence. */
const LOOK_MS = 5000
/** A step of large networks keeps a trainer from answering: this many times its longest silence so far is still fine. */
const PATIENCE = 20

/**
 * Asks a trainer again and again how far it is, and calls `onSilent` once, with the seconds of silence, when it has not
 * answered for `limitMs` and much longer than ever before.
 */
export function watchLife(
  worker: WorkerProcess,
  limitMs: number,
  onSilent: (seconds: number) => void,
): void {
  const { client, close } = connectService(trainer, portOf(worker.connect()))
  const lookMs = Math.min(LOOK_MS, limitMs / 4)
  let [silentMs, longestMs] = [0, 0]
  let asking = false
  const ask = () => {
    asking = true
    client.progress().then(
      () => {
        longestMs = Math.max(longestMs, silentMs)
        silentMs = 0
        asking = false
      },
      () => {
        // It ended, which is told otherwise.
      },
    )
  }
  const timer = setInterval(() => {
    if (!asking) return ask()
    silentMs += lookMs
    if (silentMs < Math.max(limitMs, PATIENCE * longestMs)) return
    clearInterval(timer)
    onSilent(silentMs / 1000)
  }, lookMs)
  void worker.ended.then(() => {
    clearInterval(timer)
    close()
  })
}
