import { siteKey, type ConvKernel } from '../../main/compiler/convSites'
import { EagerEngine } from '../../main/runtime/eager'
import type { Engine } from '../../main/runtime/engine'
import { OnnxEngine, type ChooseKernels } from '../../main/runtime/onnx'
import { TensorflowEngine } from '../../main/runtime/tensorflow/engine'
import { installedEngine } from '../runtime/tensorflow/installed'
import { fixtures, hasGradients, type Fixture } from './fixture'

/** Cases that the plain loops of the eager engine finish in a second or two. */
const EAGER_CASES = {
  gradients: [
    'logistic-8px-fade-1ch-8maps',
    'logistic-r1-4px-stable-3ch-8maps',
    'logistic-r1-8px-fade-3ch-8maps-augmented',
    'logistic-4px-stable-3ch-8maps-batchnorm',
    'wgan-gp-8px-fade-3ch-8maps-batchnorm',
    'wgan-gp-4px-stable-1ch-8maps',
    'wgan-gp-4px-stable-1ch-8maps-classes',
    'wgan-gp-8px-fade-3ch-8maps',
  ],
  steps: [
    'logistic-4px-stable-3ch-8maps',
    'logistic-8px-fade-1ch-8maps',
    'logistic-4px-stable-3ch-8maps-batchnorm',
    'logistic-8px-fade-3ch-8maps-classes-batchnorm-critic2-tutorial',
    'wgan-gp-4px-stable-1ch-8maps',
    'wgan-gp-4px-stable-1ch-8maps-critic3',
  ],
}

export type Subject = { readonly name: string; readonly engine: Engine; readonly cases: Fixture[] }

/** Convolutions in whichever way the tuner may choose; {@link OnnxEngine} by itself has the blocked ones. */
const CHOSEN: readonly ConvKernel[] = ['plain', 'winograd']

function withKernel(kernel: ConvKernel): { name: string; engine: Engine } {
  const chooseKernels: ChooseKernels = async (sites) =>
    new Map(sites.map((site) => [siteKey(site), kernel]))
  return { name: `onnx-cpu (${kernel})`, engine: new OnnxEngine({ chooseKernels }) }
}

/** The engines, each with the cases that it is held to. */
export function subjects(check: 'gradients' | 'steps'): Subject[] {
  const all = fixtures()
  const eager = all.filter(({ name }) => EAGER_CASES[check].includes(name))
  const cases = all.filter(check === 'steps' ? hasSteps : hasGradients)
  const folder = installedEngine()
  return [
    { name: 'onnx-cpu', engine: new OnnxEngine(), cases },
    ...(check === 'gradients' ? CHOSEN.map((kernel) => ({ ...withKernel(kernel), cases })) : []),
    // As where the CPU has no blocked layout, and on other devices.
    {
      name: 'onnx-cpu (no blocks)',
      engine: new OnnxEngine({ block: 0 }),
      cases: cases.filter(({ about }) => about.generatorNorm ?? about.criticSteps),
    },
    { name: 'eager', engine: new EagerEngine(), cases: eager },
    ...(folder === null
      ? []
      : [{ name: 'tensorflow', engine: new TensorflowEngine({ folder }), cases }]),
  ]
}

/** Whether the fixture also has whole steps. */
function hasSteps(fixture: Fixture): boolean {
  return fixture.names('after1/').length > 0
}
