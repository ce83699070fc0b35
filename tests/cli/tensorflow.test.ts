import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, describe, expect, test } from 'vitest'
import { installedEngine } from '../runtime/tensorflow/installed'
import { linesOf, sprout, startSprout, temporaryHome, type Result } from './sprout'

const home = temporaryHome()
afterAll(home.remove)
const WHERE = ['--home', home.folder]

/** 4 px, a fade to 8 px and 8 px, a few steps of each. */
const SCHEDULE = ['--to', '8', '--stable-images', '256', '--fade-images', '256']
const train = (...more: string[]) =>
  sprout('train', '--data', 'sample:mnist', ...SCHEDULE, ...WHERE, '--json', ...more)

/**
 * What libtensorflow says when it is loaded on a processor for which it has faster kernels: it does so before it reads
 * how much it may say.
 */
const GREETING = /^(?:WARNING: All log messages before absl::|I\d{4} [\d:.]+ +\d+ port\.cc:).*\n/gm

const saidBySprout = ({ stderr }: Result) => stderr.replace(GREETING, '')

function finishedId(result: Result): string {
  expect(saidBySprout(result)).toBe('')
  const end = linesOf(result).at(-1)!
  expect(end).toMatchObject({ type: 'end', ending: 'finished', imagesSeen: 768 })
  return end.runId as string
}

const lossesOf = (result: Result) =>
  linesOf(result).flatMap(({ type, discriminatorLoss }) =>
    type === 'tick' ? [discriminatorLoss as number] : [],
  )

describe.skipIf(installedEngine() === null)(
  'training with TensorFlow',
  { timeout: 400_000 },
  () => {
    test('grows a run to its end as the CPU does, and its samples can be drawn', async () => {
      const there = await train('--device', 'tensorflow')
      const runId = finishedId(there)
      const here = await train()
      finishedId(here)
      const [losses, expected] = [lossesOf(there), lossesOf(here)]
      expect(losses).toHaveLength(expected.length)
      expect(expected.length).toBeGreaterThan(2)
      losses.forEach((loss, i) => {
        const error = Math.abs(loss - expected[i]!) / Math.max(1, Math.abs(expected[i]!))
        expect(error, `tick ${i + 1}`).toBeLessThan(0.05)
      })

      const out = join(home.folder, 'sheet.png')
      const drawn = await sprout('samples', runId, '--count', '4', '--out', out, ...WHERE)
      expect(saidBySprout(drawn)).toBe('')
      expect(drawn.code).toBe(0)
      expect(await sharp(out).metadata()).toMatchObject({ width: 16, height: 16 })
    })

    test('takes over what the CPU began, which is told', async () => {
      const begun = startSprout(
        ['train', '--data', 'sample:mnist', ...SCHEDULE, ...WHERE, '--json'],
        (line, child) => {
          if (line.type === 'tick') child.kill('SIGINT')
        },
      )
      const stopped = linesOf(await begun.ended).at(-1)!
      expect(stopped).toMatchObject({ type: 'end', ending: 'stopped' })
      const runId = stopped.runId as string
      const result = await sprout('resume', runId, '--device', 'tensorflow', ...WHERE, '--json')
      expect(finishedId(result)).toBe(runId)
      expect(linesOf(result).filter(({ type }) => type === 'device')).toMatchObject([
        { device: 'tensorflow', before: 'cpu' },
      ])
    })
  },
)

test('an engine that is not installed is named with the command that installs it', async () => {
  const before = process.env.SPROUT_ENGINES
  process.env.SPROUT_ENGINES = join(home.folder, 'engines')
  try {
    const result = await train('--device', 'tensorflow')
    expect(result.code).toBe(1)
    expect(result.stderr).toContain('sprout engine add tensorflow')
    expect(result.stderr.trimEnd().split('\n')).toHaveLength(1)
    // Also where it was tried before, and removed since.
    const devices = linesOf(await sprout('devices', ...WHERE, '--json'))
    expect(devices.find(({ device }) => device === 'tensorflow')).toMatchObject({
      verdict: { kind: 'absent' },
    })
    const listed = await sprout('engine', 'list', '--json')
    expect(linesOf(listed).at(-1)).toMatchObject({ name: 'tensorflow', state: 'missing' })
    expect((await sprout('engine', 'repair', 'tensorflow')).code).toBe(1)
    expect((await sprout('engine', 'remove', 'tensorflow')).stdout).toContain('not installed')
    expect((await sprout('engine', 'add', 'pytorch')).code).toBe(2)
  } finally {
    if (before === undefined) delete process.env.SPROUT_ENGINES
    else process.env.SPROUT_ENGINES = before
  }
}, 120_000)
