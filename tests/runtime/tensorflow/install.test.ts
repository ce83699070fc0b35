import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
  closeSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { InstallPhase } from '../../../shared/domain/engine'
import {
  installTensorflow,
  removeTensorflow,
  repairTensorflow,
  tensorflowNeeds,
  tensorflowStatus,
  tensorflowSupported,
} from '../../../main/runtime/tensorflow/install'
import { downloadsFolder, enginesFolder } from '../../../main/runtime/tensorflow/place'
import { WHEEL, WHEEL_FILES } from '../../../main/runtime/tensorflow/source'
import { installedEngine } from './installed'

const kept = downloadsFolder(enginesFolder())
const isHere = installedEngine() !== null && existsSync(join(kept, WHEEL.fileName))

// Not in the system's temporary folder, which may be memory: the libraries are large.
const cache = join(__dirname, '../../../.cache')
let engines = ''
beforeAll(() => {
  mkdirSync(cache, { recursive: true })
  engines = mkdtempSync(join(cache, 'engines-'))
})
afterAll(() => rmSync(engines, { recursive: true, force: true }))

/** Overwrites one byte in the middle of a file. */
function damage(file: string): void {
  const opened = openSync(file, 'r+')
  writeSync(opened, Buffer.from([0x5a, 0xa5]), 0, 2, 30_000)
  closeSync(opened)
}

describe.skipIf(!isHere)('an engine from downloads that are there', { timeout: 600_000 }, () => {
  test('is installed whole, found damaged, repaired and removed', async () => {
    const phases = new Set<InstallPhase>()
    const onProgress = ({ phase }: { phase: InstallPhase }) => void phases.add(phase)
    const leftover = join(engines, '.staging-999999999-x')
    mkdirSync(leftover)
    const { state, folder, bytes } = await installTensorflow({ engines, from: kept, onProgress })
    expect(state).toBe('installed')
    expect(bytes).toBeGreaterThan(850e6)
    expect([...phases]).toEqual(['download', 'unpack', 'packages', 'build', 'try', 'seal'])
    expect(readdirSync(engines)).toEqual(['tensorflow-2.21.0'])

    const header = WHEEL_FILES.find((path) => path.endsWith('c/c_api.h'))!
    const kernel = 'node_modules/@tensorflow/tfjs-node-gpu/dist/kernels/Conv2D.js'
    const binding = 'tensorflow/tfjs_binding.node'
    const placeholder = 'node_modules/@tensorflow/tfjs/index.js'
    const nodeHeader = 'node_modules/node-api-headers/include/node_api.h'
    damage(join(folder, 'tensorflow/libtensorflow_framework.so.2'))
    truncateSync(join(folder, binding), 1000)
    for (const path of [header, kernel, placeholder]) rmSync(join(folder, path))
    writeFileSync(join(folder, nodeHeader), '#error damaged')
    expect(tensorflowStatus(engines).state).toBe('broken')
    const framework = 'tensorflow/libtensorflow_framework.so.2'
    const repaired = await repairTensorflow({ engines, from: kept })
    const expected = [header, kernel, placeholder, nodeHeader, binding, framework]
    expect(repaired).toEqual(expected.sort())
    expect(tensorflowStatus(engines).state).toBe('installed')
    expect(await repairTensorflow({ engines, from: kept })).toEqual([])

    expect(removeTensorflow(engines)).toBeGreaterThan(850e6)
    expect(readdirSync(engines)).toEqual([])
    expect(tensorflowStatus(engines).state).toBe('missing')
  })

  test.each(['unpack', 'build'] as const)(
    'leaves nothing behind when stopped at: %s',
    async (at) => {
      const abort = new AbortController()
      const stopped = new Error('stopped')
      const onProgress = ({ phase, done }: { phase: InstallPhase; done: number }) => {
        if (phase === at && (done > 0 || at === 'build')) setTimeout(() => abort.abort(stopped), 20)
      }
      const { signal } = abort
      const installing = installTensorflow({ engines, from: kept, signal, onProgress })
      await expect(installing).rejects.toThrow()
      expect(signal.aborted).toBe(true)
      expect(readdirSync(engines)).toEqual([])
    },
  )

  test('says that there is no connection, and keeps nothing', async () => {
    const nowhere = {
      PIP_INDEX_URL: 'http://127.0.0.1:9/simple',
      PIP_EXTRA_INDEX_URL: '',
      PIP_RETRIES: '1',
      PIP_CONFIG_FILE: '/dev/null',
    }
    const before = { ...process.env }
    Object.assign(process.env, nowhere)
    try {
      await expect(installTensorflow({ engines })).rejects.toThrow(
        /^There is no connection to download TensorFlow 2\.21\.0: connect to the internet/,
      )
      expect(readdirSync(engines)).toEqual([])
    } finally {
      for (const name of Object.keys(nowhere)) delete process.env[name]
      Object.assign(process.env, before)
    }
  })

  test('refuses a wheel that is not the pinned one, and a repair of nothing', async () => {
    const other = join(engines, 'other.whl')
    writeFileSync(other, 'not a wheel')
    await expect(installTensorflow({ engines, from: other })).rejects.toThrow(/other\.whl is not/)
    await expect(repairTensorflow({ engines })).rejects.toThrow('sprout engine add tensorflow')
    expect(readdirSync(engines)).toEqual(['other.whl'])
  })
})

test.skipIf(!tensorflowSupported())(
  'is refused before anything is done where the disk has too little room',
  async () => {
    const { downloadBytes, diskBytes } = tensorflowNeeds(engines)
    expect(downloadBytes).toBeGreaterThan(WHEEL.bytes)
    expect(diskBytes).toBeGreaterThan(2 * WHEEL.bytes + 850e6)
    const roomBytes = diskBytes - 1
    await expect(installTensorflow({ engines, roomBytes })).rejects.toThrow(
      /^Installing the TensorFlow engine takes 14\d\d MB of free disk in .*, and 14\d\d MB are free\. Make room/,
    )
    expect(tensorflowStatus(engines).state).toBe('missing')
    expect(tensorflowNeeds(engines, kept).diskBytes).toBeLessThan(diskBytes - WHEEL.bytes)
  },
)
