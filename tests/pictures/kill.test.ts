import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'vite'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PrepareOptions } from '../../shared/domain/dataset'
import { datasetId, prepareDataset } from '../../main/pictures/prepare'
import { DatasetFile } from '../../main/store/datasetFile'
import { openHome } from '../../main/store/home'
import { tended } from '../tended'

const PICTURES = 1500
/** Under the project, so that the bundle finds the packages left outside it. */
const bundles = join(__dirname, '../../.cache/tests-pictures')
const root = mkdtempSync(join(tmpdir(), 'sprout-kill-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const options: PrepareOptions = {
  source: { kind: 'folder', path: join(root, 'pictures') },
  crop: 'centre',
  channels: 3,
  finalResolution: 16,
}

beforeAll(async () => {
  await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      ssr: join(__dirname, 'prepareInProcess.ts'),
      outDir: bundles,
      target: 'node20',
      rollupOptions: { output: { format: 'cjs', entryFileNames: '[name].cjs' } },
    },
    ssr: { noExternal: true, external: ['sharp', 'better-sqlite3'] },
  })
  mkdirSync(join(root, 'pictures'))
  const pixels = Buffer.alloc(24 * 24 * 3)
  for (let i = 0; i < PICTURES; i++) {
    pixels.fill(i % 256, 0, 900).fill(i >> 3, 900)
    const file = join(root, 'pictures', `${String(i).padStart(4, '0')}.png`)
    await sharp(pixels, { raw: { width: 24, height: 24, channels: 3 } }).toFile(file)
  }
}, 60_000)

function pixelsOf(home: ReturnType<typeof openHome>): Uint8Array {
  const dataset = DatasetFile.open(home.datasetFile(datasetId(options)))
  const level = dataset.openLevel(16)
  const pixels = new Uint8Array(level.count * 16 * 16 * 3)
  level.read(
    Uint32Array.from({ length: level.count }, (_, i) => i),
    pixels,
  )
  dataset.close()
  return pixels
}

test('a killed preparation loses little, and ends as one that was left alone', async () => {
  const home = openHome(join(root, 'home'))
  const task = join(root, 'task.json')
  writeFileSync(task, JSON.stringify({ home: home.folder, options }))
  const child = tended(spawn(process.execPath, [join(bundles, 'prepareInProcess.cjs'), task]))
  let reached = 0
  child.stdout.on('data', (chunk: Buffer) => {
    reached = Number(chunk.toString().trim().split('\n').pop())
    if (reached >= 700) child.kill('SIGKILL')
  })
  const [, signal] = await once(child, 'close')
  expect(signal).toBe('SIGKILL')

  const partly = DatasetFile.open(home.datasetFile(datasetId(options)))
  const { pictures, state } = partly.summary()
  expect(partly.openLevel(4).count).toBe(pictures)
  partly.close()
  expect(state).toBe('preparing')
  expect(pictures).toBeGreaterThan(reached - 600)
  expect(pictures).toBeLessThan(PICTURES)

  let first = Infinity
  const resumed = await prepareDataset(home, options, {
    onProgress: ({ done, total }) => (first = total === null ? first : Math.min(first, done)),
  })
  expect(first).toBe(pictures + 1)
  expect(resumed).toMatchObject({ pictures: PICTURES, skipped: 0, state: 'ready' })
  const other = openHome(join(root, 'other'))
  await prepareDataset(other, options)
  expect(Buffer.compare(pixelsOf(home), pixelsOf(other))).toBe(0)
}, 60_000)
