import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openHome } from '../../main/store/home'
import { RunFile } from '../../main/store/runFile'
import { linesOf, sprout, startSprout, temporaryHome, type Line } from '../cli/sprout'
import { tended } from '../tended'
import { finalBits } from '../trainer/sameBits'
import { drawPictures } from './drawPictures'

const TIMEOUT_MS = 180_000
const DAY_MS = 24 * 60 * 60_000
const home = temporaryHome()
const where = ['--home', home.folder, '--json']
afterAll(home.remove)

const pictures = join(home.folder, 'pictures')
const SETTINGS =
  '--preset tiny --to 8 --seed 3 --stable-images 256 --fade-images 256 --tick-images 32 --checkpoint-seconds 0.1'
const train = ['train', '--data', pictures, ...SETTINGS.split(' ')]
const fileOf = (runId: string) => openHome(home.folder).runFile(runId)

let uninterrupted = ''
beforeAll(async () => {
  await drawPictures(pictures, 48)
  const result = await sprout(...train, ...where)
  expect(result.stderr).toBe('')
  uninterrupted = linesOf(result).at(-1)!.runId as string
}, TIMEOUT_MS)

/** Starts a long training and resolves with its run once it trains. */
async function longTraining(): Promise<{ runId: string; stop: () => Promise<unknown> }> {
  let runId = ''
  return new Promise((begun) => {
    const { child, ended } = startSprout(
      [...train, '--stable-images', '500000', ...where],
      (line: Line) => {
        if (line.type === 'run') runId = line.runId as string
        if (line.type !== 'tick') return
        begun({
          runId,
          stop: () => {
            child.kill('SIGINT')
            return ended
          },
        })
      },
    )
  })
}

describe('several Sprouts on one home', { timeout: TIMEOUT_MS }, () => {
  test('train a run in one of them alone, read it in all, and train others beside it', async () => {
    const { runId, stop } = await longTraining()
    try {
      const twice = await sprout('resume', runId, ...where)
      expect(twice.code).toBe(1)
      expect(twice.stderr).toContain('is being trained by another process')
      const looks = await Promise.all([
        sprout('runs', ...where),
        sprout('show', runId, ...where),
        sprout('verify', runId, ...where),
        sprout('runs', ...where),
        sprout('resume', uninterrupted, ...where),
        sprout('export-run', runId, join(home.folder, 'copy.sprout'), ...where),
      ])
      for (const { code, stderr } of looks) expect([code, stderr]).toEqual([0, ''])
      expect(linesOf(looks[0]!).find(({ id }) => id === runId)).toMatchObject({ state: 'training' })
      const mended = await sprout('repair', runId, ...where)
      expect(mended.code).toBe(1)
      expect(mended.stderr).toContain('is being trained')
    } finally {
      await stop()
    }
    expect((await sprout('verify', runId, ...where)).code).toBe(0)
  })

  test('prepare the same pictures in one of them alone, without harm', async () => {
    const data = join(home.folder, 'more')
    await drawPictures(data, 400)
    const add = ['data', 'add', data, '--to', '16', ...where]
    const results = await Promise.all([sprout(...add), sprout(...add), sprout(...add)])
    expect(results.some(({ code }) => code === 0)).toBe(true)
    for (const { code, stderr } of results) {
      if (code !== 0) expect(stderr).toContain('being prepared by another process')
    }
    const again = linesOf(await sprout(...add)).at(-1)!
    expect(again).toMatchObject({ type: 'dataset', pictures: 400, skipped: 0, state: 'ready' })
  })
})

/** Resumes a run, or begins one, with another clock and time zone; kills it at a tick where `images` are given. */
function withClock(
  args: string[],
  offMs: number,
  TZ: string,
  images: number | null,
): Promise<{ runId: string; code: number | null; stderr: string }> {
  const shift = pathToFileURL(join(__dirname, 'shiftClock.mjs')).href
  const cli = resolve('out/main/cli.cjs')
  const child = tended(
    spawn(process.execPath, ['--import', shift, cli, ...args, ...where], {
      env: { ...process.env, SPROUT_TEST_CLOCK_MS: `${offMs}`, TZ },
    }),
  )
  let [runId, stderr, rest] = ['', '', '']
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  child.stdout.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n')
    rest = lines.pop()!
    for (const text of lines) {
      const line = JSON.parse(text) as Line
      if (line.type === 'run') runId = line.runId as string
      const reached = line.type === 'tick' && (line.imagesSeen as number) >= (images ?? Infinity)
      if (reached) child.kill('SIGKILL')
    }
  })
  return new Promise((done) => child.on('close', (code) => done({ runId, code, stderr })))
}

test(
  'a clock that was set back, or on, and another time zone change neither bits nor order',
  { timeout: TIMEOUT_MS },
  async () => {
    const { runId } = await withClock(train, 3 * DAY_MS, 'Pacific/Kiritimati', 200)
    const set = await withClock(['resume', runId], -40 * DAY_MS, 'America/Adak', 400)
    expect(set.stderr).toBe('')
    const end = await withClock(['resume', runId], 400 * DAY_MS, 'Asia/Kathmandu', null)
    expect([end.code, end.stderr]).toEqual([0, ''])
    expect(finalBits(fileOf(runId))).toEqual(finalBits(fileOf(uninterrupted)))
    const run = RunFile.openForReading(fileOf(runId))
    const events = run.eventsAfter(0, 100_000)
    const { trainedSeconds } = run.summary()
    const ticks = run.ticks()
    const images = [...ticks].map(({ tick }) => tick.imagesSeen)
    run.close()
    expect(images).toEqual([...images].sort((a, b) => a - b))
    expect(events.map(({ seq }) => seq)).toEqual(events.map(({ seq }) => seq).sort((a, b) => a - b))
    // Days between two sittings were not trained.
    expect(trainedSeconds).toBeGreaterThan(0)
    expect(trainedSeconds).toBeLessThan(1800)
    const [listed] = linesOf(await sprout('show', runId, ...where))
    expect(listed).toMatchObject({ state: 'finished' })
  },
)
