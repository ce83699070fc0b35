import { afterAll, describe, expect, test } from 'vitest'
import { because } from '../../shared/domain/explanation'
import { openHome } from '../../main/store/home'
import { RunFile } from '../../main/store/runFile'
import { DeviceLostError, type Engine } from '../../main/runtime/engine'
import { openTraining, trainOrFail } from '../../main/trainer/openTraining'
import { sprout, temporaryHome } from '../cli/sprout'
import { finalBits } from '../trainer/sameBits'
import { makeTinyRun, READER, trainTiny } from './tinyTraining'
import { withLaterStages } from '../../shared/domain/branch'
import { branchRun } from '../../main/library/branch'

const TIMEOUT_MS = 120_000
const folder = temporaryHome()
afterAll(folder.remove)

describe('losses that are no numbers any more', { timeout: TIMEOUT_MS }, () => {
  test('stop training before they are saved, say where, and a lower learning rate goes on', async () => {
    const home = openHome(`${folder.folder}/nan`)
    const runId = makeTinyRun(home)
    // Sound to the end of the first size, with a checkpoint there; then a rate that no network bears.
    await trainTiny(home, runId, ({ journal, control }) =>
      journal.observe(({ body }) => body.kind === 'checkpoint' && control.stop()),
    )
    const run = RunFile.openForReading(home.runFile(runId))
    const { config } = run
    const before = run.checkpoints()
    const at = before.at(-1)!
    run.close()
    const wild = withLaterStages(config, at.imagesSeen, (plan) => ({ ...plan, learningRate: 1e9 }))
    const branch = { runId, checkpointId: at.id, name: 'wild', config: wild }
    const wildId = branchRun(home, branch)
    const { code, stderr, stdout } = await sprout('resume', wildId, '--home', home.folder)
    expect(code).toBe(1)
    expect(stderr).toMatch(/no longer a number at (?:4|8) px \((?:fade|stable)\), step \d+/)
    expect(stdout).toMatch(new RegExp(`sprout branch ${wildId} --learning-rate `))

    const failed = RunFile.openForReading(home.runFile(wildId))
    expect(failed.summary()).toMatchObject({ state: 'failed' })
    expect(failed.eventsAfter(0, 1000).map(({ body }) => body)).toContainEqual(
      expect.objectContaining({ kind: 'error', reason: 'not-a-number' }),
    )
    for (const { id } of failed.checkpoints()) {
      for (const [name, { values }] of failed.loadCheckpoint(id).tensors) {
        expect(values.every(Number.isFinite), name).toBe(true)
      }
    }
    failed.close()

    const choices = ['--learning-rate', '0.001', '--name', 'calm']
    const lower = await sprout('branch', wildId, ...choices, '--home', home.folder)
    expect(lower.code).toBe(0)
    const calm = await sprout('resume', 'calm', '--home', home.folder)
    expect([calm.code, calm.stderr]).toEqual([0, ''])
  })
})

/** An engine whose device is lost at the steps of these numbers, as it tells when it is. */
function losing(engine: Engine, at: number[]): Engine {
  let steps = 0
  return {
    name: engine.name,
    async load(program) {
      const session = await engine.load(program)
      return {
        stateNames: session.stateNames,
        setState: (values) => session.setState(values),
        getState: (names) => session.getState(names),
        run: async (inputs, signal) => {
          steps += inputs.length
          if (at.length > 0 && steps >= at[0]!) {
            at.shift()
            throw new DeviceLostError(
              because('device_lost', { device: 'webgpu', program: 'step', detail: 'device lost' }),
            )
          }
          return session.run(inputs, signal)
        },
        [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
      }
    },
  }
}

describe('a device that is lost', { timeout: TIMEOUT_MS }, () => {
  async function trainLosing(at: number[]) {
    const home = openHome(`${folder.folder}/device`)
    const runId = makeTinyRun(home)
    const training = openTraining(home, runId, READER)
    try {
      const ending = await trainOrFail({
        ...training,
        engine: losing(training.engine, at),
      }).catch((error: unknown) => error)
      return { home, runId, ending, events: training.run.eventsAfter(0, 10_000) }
    } finally {
      training.close()
    }
  }

  test('once is taken up again from the last checkpoint, to the same bits', async () => {
    const whole = await trainLosing([])
    const lost = await trainLosing([14])
    expect([whole.ending, lost.ending]).toEqual(['finished', 'finished'])
    const reasons = lost.events.flatMap(({ body }) => (body.kind === 'error' ? [body.reason] : []))
    expect(reasons).toEqual(['device-lost'])
    expect(finalBits(lost.home.runFile(lost.runId))).toEqual(
      finalBits(whole.home.runFile(whole.runId)),
    )
  })

  test('twice fails, with a reason for which the CPU is offered; the CPU goes on', async () => {
    const { home, runId, ending } = await trainLosing([10, 12])
    expect(ending).toBeInstanceOf(DeviceLostError)
    const run = RunFile.openForReading(home.runFile(runId))
    expect(run.summary()).toMatchObject({ state: 'failed' })
    run.close()
    expect(await trainTiny(home, runId)).toBe('finished')
  })
})
