import { join } from 'node:path'
import fc from 'fast-check'
import { forkedJobs } from '../../main/ipc/forkedJobs'
import { Library } from '../../main/library/library'
import { openHome } from '../../main/store/home'
import { serveService, type Port } from '../../shared/protocol/connect'
import { library } from '../../shared/protocol/library'
import type { Handlers } from '../../shared/protocol/service'
import { hostileMessages, unhandled } from '../ipc/hostileMessages'
import { soundRun } from './runFiles'

/** What became of many hostile messages. */
export type MessageTally = {
  tried: number
  /** Calls that were answered: with what was asked for, or with why not. */
  done: number
  refused: number
  slowestMs: number
}

/** Not really done here: what downloads, writes to paths that are made up, or takes minutes. */
const ONLY_HEARD = [
  'installEngine',
  'repairEngine',
  'removeEngine',
  'probeDevices',
  'devices',
  'rehearse',
  'prepareDataset',
  'prepareForRun',
  'scanSource',
  'previewPictures',
  'startExport',
  'exportRun',
] as const

const AT_ONCE = 200

/**
 * Sends `count` hostile messages to the real library, with a run in it, over a real port. Throws when anything goes
 * uncaught, or when the library no longer answers.
 */
export async function tryMessages(
  folder: string,
  seed: number,
  count: number,
): Promise<MessageTally> {
  const home = openHome(join(folder, `messages-${seed}`))
  soundRun(home, 'sound')
  const real = new Library(home, forkedJobs('no jobs here')).handlers
  const heard = Object.fromEntries(ONLY_HEARD.map((name) => [name, async () => ({ jobId: '' })]))
  const { port1, port2 } = new MessageChannel()
  serveService(library, port2 as unknown as Port, { ...real, ...heard } as Handlers<typeof library>)
  const errors = unhandled()
  const tally: MessageTally = { tried: 0, done: 0, refused: 0, slowestMs: 0 }
  let pinged: (() => void) | null = null
  port1.addEventListener('message', ({ data }) => {
    const { i, r, e } = data as { i?: string; r?: { ok: boolean }; e?: unknown }
    if (i === 'ping') pinged?.()
    else if (i !== undefined && r?.ok === true) tally.done++
    else if (i !== undefined && (r !== undefined || e !== undefined)) tally.refused++
  })
  port1.start()
  const arbitrary = hostileMessages(library, ['sound'])
  for (let from = 0; from < count; from += AT_ONCE) {
    const messages = fc.sample(arbitrary, { seed: seed + from, numRuns: AT_ONCE })
    for (const message of messages) {
      const began = performance.now()
      port1.postMessage(message)
      const pong = new Promise<void>((resolve) => (pinged = resolve))
      port1.postMessage({ t: 'q', m: 'listDatasets', a: [], i: 'ping' })
      await pong
      tally.slowestMs = Math.max(tally.slowestMs, performance.now() - began)
      tally.tried++
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  port1.close()
  const [error] = errors.stop()
  if (error !== undefined) throw error
  return tally
}
