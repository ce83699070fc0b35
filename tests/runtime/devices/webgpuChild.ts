import * as tf from '@tensorflow/tfjs-core'
import { offer, serveJobs } from '../../../main/ipc/serveJobs'
import type { Program } from '../../../main/runtime/engine'
import { OnnxDeviceEngine } from '../../../main/runtime/onnxDevice'
import { OnnxEngine } from '../../../main/runtime/onnx'
import type { JobHandler } from '../../../shared/jobs'
import { numbersFor, runOn } from '../engines'
import { closeness } from '../numbers'
import { convolutionJob } from './webgpuJob'

/** Two steps whose state is a filter that takes its own gradient: convolution, its adjoints, state on the device. */
function filterProgram(channels: number): Program {
  const shape: [number, number, number, number] = [3, 3, channels, 8]
  return {
    name: `filter of ${channels} channels`,
    state: { filter: { shape } },
    inputs: { x: { shape: [2, 8, 8, channels] } },
    run({ filter }, { x }) {
      const loss = (w: tf.Tensor4D) =>
        tf.mean(tf.square(tf.conv2d(x as tf.Tensor4D, w, 1, 'same'))) as tf.Scalar
      const { value, grad } = tf.valueAndGrad((w) => loss(w as tf.Tensor4D))(filter!)
      return { state: { filter: tf.sub(filter!, grad) }, outputs: { value } }
    },
  }
}

const compare: JobHandler<typeof convolutionJob> = async ({ channels }) => {
  const program = filterProgram(channels)
  const state = numbersFor(program.state, 1)
  const steps = [2, 3].map((seed) => numbersFor(program.inputs, seed))
  const cpu = await runOn(new OnnxEngine({ threads: 1 }), program, state, steps)
  const device = await runOn(new OnnxDeviceEngine('webgpu'), program, state, steps)
  return {
    state: closeness(device.state.filter!, cpu.state.filter!),
    loss: closeness(device.outputs[1]!.value!, cpu.outputs[1]!.value!),
    moved: closeness(state.filter!, cpu.state.filter!),
  }
}

serveJobs([offer(convolutionJob, async () => compare)])
