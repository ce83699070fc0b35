import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openHome } from '../../main/store/home'
import { RunFile } from '../../main/store/runFile'
import { linesOf, sprout, startSprout, temporaryHome, type Line } from './sprout'

const home = temporaryHome()
afterAll(home.remove)
const WHERE = ['--home', home.folder, '--json']
const TRAIN = ['train', '--data', 'sample:mnist', '--preset', 'tiny', '--to', '8', '--seed', '3']
const SCHEDULE = ['--stable-images', '512', '--fade-images', '1024', '--checkpoint-seconds', '0.1']
const TOTAL = 2048

async function asked(...args: string[]): Promise<Line> {
  const result = await sprout(...args, ...WHERE)
  expect(result.stderr).toBe('')
  return linesOf(result).at(-1)!
}

function reading<T>(runId: string, read: (run: RunFile) => T): T {
  const run = RunFile.openForReading(openHome(home.folder).runFile(runId))
  try {
    return read(run)
  } finally {
    run.close()
  }
}

function finalTensors(runId: string) {
  return reading(runId, (run) => {
    const last = run.checkpoints().at(-1)!
    expect(last.kind).toBe('final')
    return run.loadCheckpoint(last.id)
  })
}

function expectSameBits(runId: string, otherId: string): void {
  const [expected, actual] = [finalTensors(otherId), finalTensors(runId)]
  expect(actual.info.step).toBe(expected.info.step)
  expect([...actual.tensors.keys()]).toEqual([...expected.tensors.keys()])
  for (const [name, { values }] of expected.tensors) {
    const other = actual.tensors.get(name)!.values
    expect(Buffer.from(other.buffer).equals(Buffer.from(values.buffer)), name).toBe(true)
  }
}

let parent = ''
/** Images of a checkpoint in the middle of the fade. */
let middle = 0
beforeAll(async () => {
  parent = (await asked(...TRAIN, ...SCHEDULE, '--name', 'Parent')).runId as string
  const shown = linesOf(await sprout('show', parent, ...WHERE))[0]!
  const checkpoints = shown.checkpoints as { imagesSeen: number; kind: string }[]
  middle =
    checkpoints.find(({ imagesSeen }) => imagesSeen > 512 && imagesSeen < 1536)?.imagesSeen ?? 512
}, 240_000)

test('a branch with the same settings trains the same bits, from each of its checkpoints', async () => {
  for (const from of new Set([512, middle, 1536])) {
    const branch = await asked('branch', parent, '--from', `${from}`)
    expect(branch).toMatchObject({ type: 'branch', parent, imagesSeen: from })
    const runId = branch.runId as string
    const ticks = (id: string) =>
      reading(id, (run) =>
        run
          .eventsAfter(0, 10_000)
          .flatMap(({ body }) =>
            body.kind === 'tick' ? [[body.imagesSeen, body.generatorLoss]] : [],
          ),
      )
    const stages = (id: string) =>
      reading(id, (run) =>
        run
          .eventsAfter(0, 10_000)
          .flatMap(({ body }) => (body.kind === 'stage' ? [body.imagesSeen] : [])),
      )
    // Its history until there is its parent's, and what its parent learnt after it is not in it.
    const before = ticks(runId)
    expect(before.length).toBeGreaterThan(0)
    expect(before).toEqual(ticks(parent).filter(([images]) => images! <= from))
    expect(await asked('resume', runId)).toMatchObject({ ending: 'finished', imagesSeen: TOTAL })
    expectSameBits(runId, parent)
    expect(ticks(runId)).toEqual(ticks(parent))
    expect(stages(runId)).toEqual([0, 512, 1536])
  }
}, 240_000)

test('a branch trains on with other settings; its parent stays as it was', async () => {
  const before = finalTensors(parent)
  const options = [
    '--from',
    '1536',
    '--loss',
    'logistic',
    '--stable-images',
    '768',
    '--name',
    'Longer',
  ]
  const branch = await asked('branch', parent, ...options)
  const runId = branch.runId as string
  expect(await asked('resume', runId)).toMatchObject({ ending: 'finished', imagesSeen: 2304 })
  const shown = linesOf(await sprout('show', runId, ...WHERE))[0]!
  expect(shown).toMatchObject({
    name: 'Longer',
    parent: { runId: parent, name: 'Parent', imagesSeen: 1536 },
    config: {
      loss: 'logistic',
      stages: [{ stableImages: 512 }, { fadeImages: 1024, stableImages: 768 }],
    },
  })
  expect(finalTensors(parent)).toEqual(before)
}, 240_000)

test('a branch that grows on is the run that was to grow so far from the start', async () => {
  const grown = await asked('branch', parent, '--to', '16', '--name', 'Taller')
  const runId = grown.runId as string
  expect(await asked('resume', runId)).toMatchObject({ ending: 'finished', imagesSeen: 3584 })
  const tall = TRAIN.map((word) => (word === '8' ? '16' : word))
  const whole = await asked(...tall, ...SCHEDULE, '--name', 'Tall')
  expectSameBits(runId, whole.runId as string)

  // The digits come no larger than 32 px.
  const tooTall = await sprout('branch', parent, '--to', '64', ...WHERE)
  expect(tooTall.code).not.toBe(0)
  expect(tooTall.stderr).toMatch(/32/)
}, 240_000)

test('a run that trains in one process is renamed, tagged and copied out by others', async () => {
  const file = join(home.folder, 'growing.sprout')
  let others: Promise<unknown> | null = null
  const endless = ['--stable-images', '1000000', '--checkpoint-seconds', '0.1']
  const { child, ended } = startSprout([...TRAIN, ...endless, ...WHERE], ({ type }) => {
    if (type !== 'checkpoint' || others !== null) return
    others = (async () => {
      const runs = linesOf(await sprout('runs', ...WHERE))
      const runId = runs.find(({ state }) => state === 'training')!.id as string
      await asked('rename', runId, 'Sapling')
      await asked('tag', runId, 'young')
      await asked('export-run', runId, file)
      child.kill('SIGINT')
    })()
  })
  const result = await ended
  await others
  expect(result.stderr).toBe('')
  const end = linesOf(result).at(-1)!
  expect(end).toMatchObject({ type: 'end', ending: 'stopped' })
  const shown = linesOf(await sprout('show', end.runId as string, ...WHERE))[0]!
  expect(shown).toMatchObject({ name: 'Sapling', tags: ['young'], imagesSeen: end.imagesSeen })
  const taken = await asked('import', file)
  const twin = linesOf(await sprout('verify', taken.runId as string, ...WHERE))[0]!
  expect(twin).toMatchObject({ fileIntact: true })
  expect((twin.checkpoints as unknown[]).length).toBeGreaterThan(0)
}, 240_000)

test('what cannot be another is refused in one line', async () => {
  const lineOf = async (...args: string[]) => {
    const { code, stderr } = await sprout(...args, ...WHERE)
    expect(code).toBe(1)
    return stderr.trim()
  }
  expect(await lineOf('branch', parent, '--from', '77')).toMatch(
    /no checkpoint at 77 images; it has/,
  )
  expect(await lineOf('branch', parent, '--stable-images', '16')).toMatch(
    /Nothing is left|cannot change/,
  )
  expect(await lineOf('import', join(home.folder, 'nothing.sprout'))).toMatch(/There is no file/)
})

test('a run is renamed, tagged, copied out and in again', async () => {
  await asked('rename', parent, 'Old oak')
  expect(await asked('tag', parent, 'trees', 'keep')).toMatchObject({ tags: ['trees', 'keep'] })
  expect(await asked('tag', parent, 'trees', '--remove')).toMatchObject({ tags: ['keep'] })
  const file = join(home.folder, 'oak.sprout')
  await asked('export-run', parent, file)
  expect(existsSync(file)).toBe(true)
  const again = await asked('import', file)
  expect(again).toMatchObject({ type: 'import', renamed: true })
  const shown = linesOf(await sprout('show', again.runId as string, ...WHERE))[0]!
  expect(shown).toMatchObject({ name: 'Old oak', tags: ['keep'], state: 'finished' })
  expectSameBits(again.runId as string, parent)
  const elsewhere = temporaryHome()
  try {
    const where = ['--home', elsewhere.folder, '--json']
    const there = linesOf(await sprout('import', file, ...where))[0]!
    expect(there).toMatchObject({ runId: parent, renamed: false })
    expect(linesOf(await sprout('runs', ...where))).toHaveLength(1)
  } finally {
    elsewhere.remove()
  }
  const text = (await sprout('runs', '--home', home.folder)).stdout
  expect(text).toContain('Old oak  #keep')
}, 120_000)
