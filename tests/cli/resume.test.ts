import { afterAll, beforeAll, expect, test } from 'vitest'
import { openHome } from '../../main/store/home'
import { RunFile } from '../../main/store/runFile'
import { finalBits } from '../trainer/sameBits'
import { linesOf, sprout, startSprout, temporaryHome, type Line } from './sprout'

const home = temporaryHome()
afterAll(home.remove)

/** A schedule of 4 px, a fade to 8 px and 8 px: small, but with every kind of boundary. */
const TRAIN = ['train', '--data', 'sample:mnist', '--preset', 'tiny', '--to', '8', '--seed', '7']
const SCHEDULE = ['--stable-images', '1024', '--fade-images', '2048', '--checkpoint-seconds', '0.2']
const WHERE = ['--home', home.folder, '--json']

/** Starts a command and kills it without warning once `when` holds for a line after a checkpoint mid-fade. */
async function killWhen(args: string[], when: (line: Line) => boolean): Promise<string> {
  let runId = ''
  const { ended } = startSprout([...args, ...WHERE], (line, child) => {
    if (line.type === 'run') runId = line.runId as string
    if (when(line)) child.kill('SIGKILL')
  })
  const { signal, stderr } = await ended
  expect(stderr).toBe('')
  expect(signal).toBe('SIGKILL')
  return runId
}

/** True for a tick at least `images` into training with the fade neither begun nor over. */
function fadingPast(images: number) {
  return (line: Line) =>
    line.type === 'tick' &&
    (line.imagesSeen as number) >= images &&
    (line.alpha as number) > 0 &&
    (line.alpha as number) < 1
}

function expectSameBits(runId: string, uninterruptedId: string): void {
  const bits = (id: string) => finalBits(openHome(home.folder).runFile(id))
  expect(bits(runId)).toEqual(bits(uninterruptedId))
}

let uninterrupted = ''
beforeAll(async () => {
  const result = await sprout(...TRAIN, ...SCHEDULE, ...WHERE)
  expect(result.stderr).toBe('')
  expect(result.code).toBe(0)
  uninterrupted = linesOf(result).at(-1)!.runId as string
}, 240_000)

test('a run killed twice mid-fade and resumed ends with the same bits', async () => {
  const runId = await killWhen([...TRAIN, ...SCHEDULE], fadingPast(1600))
  const shown = linesOf(await sprout('show', runId, ...WHERE))[0]!
  expect(shown.state).toBe('interrupted')
  expect(shown.checkpoints).not.toEqual([])
  await killWhen(['resume', runId], fadingPast(2400))
  const result = await sprout('resume', runId, ...WHERE)
  expect(result.code).toBe(0)
  const end = linesOf(result).at(-1)!
  expect(end).toMatchObject({ type: 'end', ending: 'finished', imagesSeen: 4096 })

  expectSameBits(runId, uninterrupted)
}, 240_000)

test('the history of a resumed run has each image once and no gaps in its order', async () => {
  const runs = linesOf(await sprout('runs', ...WHERE))
  const resumed = runs.find((run) => run.runId !== uninterrupted && run.id !== uninterrupted)!
  const run = RunFile.openForReading(openHome(home.folder).runFile(resumed.id as string))
  const events = run.eventsAfter(0, 100_000)
  run.close()
  const ticks = events.flatMap(({ body }) => (body.kind === 'tick' ? [body.imagesSeen] : []))
  expect(new Set(ticks).size).toBe(ticks.length)
  expect([...ticks].sort((a, b) => a - b)).toEqual(ticks)
})

test('Ctrl-C saves and says how to go on', async () => {
  const { child, ended } = startSprout(
    [...TRAIN, ...SCHEDULE, '--home', home.folder, '--json'],
    (line) => {
      if (line.type === 'tick') child.kill('SIGINT')
    },
  )
  const result = await ended
  expect(result.code).toBe(0)
  const end = linesOf(result).at(-1)!
  expect(end).toMatchObject({ type: 'end', ending: 'stopped' })
  const shown = linesOf(await sprout('show', end.runId as string, ...WHERE))[0]!
  expect(shown.state).toBe('paused')
  expect((shown.checkpoints as { imagesSeen: number }[]).at(-1)!.imagesSeen).toBe(end.imagesSeen)
}, 120_000)

test('with micro-batches, a run killed in a stage without a checkpoint goes on from its beginning, told once', async () => {
  const schedule = ['--stable-images', '256', '--fade-images', '1024']
  const command = [...TRAIN, ...schedule, '--micro-batch', '8']
  const whole = linesOf(await sprout(...command, ...WHERE)).at(-1)!.runId as string
  const runId = await killWhen(command, fadingPast(600))
  const result = await sprout('resume', runId, ...WHERE)
  expect(result.code).toBe(0)
  expectSameBits(runId, whole)
  const run = RunFile.openForReading(openHome(home.folder).runFile(runId))
  const events = run.eventsAfter(0, 100_000)
  run.close()
  const stages = events.flatMap(({ body }) => (body.kind === 'stage' ? [body.imagesSeen] : []))
  expect(stages).toEqual([0, 256, 1280])
}, 240_000)
