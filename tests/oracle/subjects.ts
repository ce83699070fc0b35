import { EagerEngine } from '../../main/runtime/eager'
import type { Engine } from '../../main/runtime/engine'
import { OnnxEngine } from '../../main/runtime/onnx'
import { TensorflowEngine } from '../../main/runtime/tensorflow/engine'
import { installedEngine } from '../runtime/tensorflow/installed'
import { fixtures, type Fixture } from './fixture'

/** Cases that the plain loops of the eager engine finish in a second or two. */
const EAGER_CASES = {
  gradients: [
    'logistic-8px-fade-1ch-8maps',
    'logistic-r1-4px-stable-3ch-8maps',
    'logistic-r1-8px-fade-3ch-8maps-augmented',
    'wgan-gp-4px-stable-1ch-8maps',
    'wgan-gp-4px-stable-1ch-8maps-classes',
    'wgan-gp-8px-fade-3ch-8maps',
  ],
  steps: [
    'logistic-4px-stable-3ch-8maps',
    'logistic-8px-fade-1ch-8maps',
    'wgan-gp-4px-stable-1ch-8maps',
  ],
}

/** The engines, each with the cases that it is held to. */
export function subjects(check: 'gradients' | 'steps'): { engine: Engine; cases: Fixture[] }[] {
  const all = fixtures()
  const eager = all.filter(({ name }) => EAGER_CASES[check].includes(name))
  const cases = check === 'steps' ? all.filter(hasSteps) : all
  const folder = installedEngine()
  return [
    { engine: new OnnxEngine(), cases },
    { engine: new EagerEngine(), cases: eager },
    ...(folder === null ? [] : [{ engine: new TensorflowEngine({ folder }), cases }]),
  ]
}

/** Whether the fixture also has whole steps. */
function hasSteps(fixture: Fixture): boolean {
  return fixture.names('after1/').length > 0
}
