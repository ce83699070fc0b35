import { afterAll, describe, expect, test } from 'vitest'
import { openHome } from '../../main/store/home'
import { RunFile } from '../../main/store/runFile'
import { linesOf, sprout, startSprout, temporaryHome, type Line } from '../cli/sprout'
import { losingDevice } from '../runtime/devices/losingDevice'
import { makeTinyRun } from './tinyTraining'

const TIMEOUT_MS = 600_000
const folder = temporaryHome()
afterAll(folder.remove)
const device = losingDevice(folder.folder)

type Told = Line & { imagesSeen: number; checkpoint: { imagesSeen: number } }

/** Trains a run of 4 px on WebGPU, whose device is lost at the first tick after each second checkpoint since. */
async function trainAndLose(home: string, runId: string) {
  let saved = 0
  const { ended } = startSprout(
    ['resume', runId, '--home', home, '--json'],
    ({ type }) => {
      if (type === 'checkpoint') saved++
      if (type === 'error') saved = 0
      if (type !== 'tick' || saved < 2) return
      saved = 0
      device!.lose()
    },
    { ...process.env, ...device!.env },
  )
  const result = await ended
  return { ...result, lines: linesOf(result) as Told[] }
}

/** Where the last checkpoint before a line was; 0 where there was none. */
function savedBefore(lines: readonly Told[], place: number): number {
  return (
    lines.slice(0, place).findLast(({ type }) => type === 'checkpoint')?.checkpoint.imagesSeen ?? 0
  )
}

describe.skipIf(device === null)('a device that its driver loses', { timeout: TIMEOUT_MS }, () => {
  test('is taken up again once from the last checkpoint; lost again, the CPU is offered and goes on', async () => {
    const home = openHome(`${folder.folder}/home`)
    const small = { fmapMax: 8, fmapBase: 32, latentSize: 8, loss: 'logistic' as const }
    const runId = makeTinyRun(home, { ...small, device: 'webgpu' }, ({ intervals, stages }) => ({
      intervals: { ...intervals, tickImages: 8, checkpointSeconds: 0.5 },
      stages: stages.slice(0, 1).map((stage) => ({ ...stage, batch: 4, stableImages: 1600 })),
    }))
    const { code, signal, stderr, lines } = await trainAndLose(home.folder, runId)

    expect({ code, signal, stderr }).toMatchObject({ code: 1, signal: null })
    const losses = lines.flatMap(({ type }, place) => (type === 'error' ? [place] : []))
    expect(losses.map((place) => lines[place])).toMatchObject([
      { reason: 'device-lost' },
      { reason: 'device-lost' },
    ])
    expect(stderr).toMatch(
      /^sprout: The device \(webgpu\) was lost or failed in program "train 4 px/m,
    )
    expect(stderr).not.toContain('onnxruntime_src')
    expect(lines).toContainEqual({
      type: 'advice',
      reason: 'device-lost',
      command: `sprout resume ${runId} --device cpu`,
    })

    // It trained on from the checkpoint before the first loss, and made others.
    const again = lines.findIndex(
      ({ type, state }, place) => place > losses[0]! && type === 'state' && state === 'training',
    )
    expect(lines[again]!.imagesSeen).toBe(savedBefore(lines, losses[0]!))
    const kept = savedBefore(lines, losses[1]!)
    expect(kept).toBeGreaterThan(savedBefore(lines, losses[0]!))
    const run = RunFile.openForReading(home.runFile(runId))
    expect(run.summary()).toMatchObject({ state: 'failed' })
    expect(run.checkpoints().at(-1)!.imagesSeen).toBe(kept)
    run.close()

    const onCpu = await sprout('resume', runId, '--device', 'cpu', '--home', home.folder, '--json')
    expect([onCpu.code, onCpu.stderr]).toEqual([0, ''])
    expect(linesOf(onCpu)).toContainEqual(
      expect.objectContaining({
        type: 'device',
        device: 'cpu',
        before: 'webgpu',
        imagesSeen: kept,
      }),
    )
    expect(linesOf(onCpu).at(-1)).toMatchObject({ type: 'end', ending: 'finished' })
  })
})
