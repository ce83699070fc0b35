import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ConvKernel, ConvSite } from '../../main/compiler/convSites'
import { tuningKey } from '../../main/runtime/kernelTuner'
import type { RunFile } from '../../main/store/runFile'
import { Control } from '../../main/trainer/control'
import { Journal } from '../../main/trainer/journal'
import { PatientWrites } from '../../main/trainer/patientWrites'
import { runKernels } from '../../main/trainer/runKernels'
import { createRun, temporaryHome } from '../store/home'

const ON = { block: 0, threads: 1 }
const SITE: ConvSite = { height: 4, width: 4, inputs: 8, outputs: 8, images: 2 }
const KEY = tuningKey(SITE, ON)

let home: ReturnType<typeof temporaryHome>
beforeEach(() => (home = temporaryHome()))
afterEach(() => home.remove())

function partsOf(run: RunFile) {
  return { run, journal: new Journal(run, new PatientWrites(new Control())) }
}

test('a run stays with its kernels when the machine learns of faster ones', async () => {
  const run = createRun(home, 'r1')
  const machine = new Map<string, ConvKernel>([[KEY, 'winograd']])
  const choose = () => runKernels(partsOf(run), machine)([SITE], ON)
  expect((await choose()).get('4x4 8-8')).toBe('winograd')
  machine.set(KEY, 'plain')
  expect((await choose()).get('4x4 8-8')).toBe('winograd')
  expect(run.kernels()).toEqual({ [KEY]: 'winograd' })
  run.close()
})

test('what is timed for a run is written into the run and remembered by the machine', async () => {
  const run = createRun(home, 'r1')
  const machine = new Map<string, ConvKernel>()
  const kernels = await runKernels(partsOf(run), machine)([SITE], ON)
  const kernel = kernels.get('4x4 8-8')
  expect(kernel).toBeDefined()
  expect(machine.get(KEY)).toBe(kernel)
  expect(run.kernels()).toEqual({ [KEY]: kernel })
  run.close()
})
