import type { TrainConfig } from '../../shared/domain/trainConfig'
import type { Engine } from '../runtime/engine'
import { OnnxEngine, type ChooseKernels } from '../runtime/onnx'
import { OnnxDeviceEngine } from '../runtime/onnxDevice'
import { installedTensorflow } from '../runtime/tensorflow/installed'

/** The engine of a device, on the CPU with the given choice of kernels. Loading a program throws where the device is not there; this throws where its engine is not. */
export function engineFor(
  { device, threads }: Pick<TrainConfig, 'device' | 'threads'>,
  chooseKernels?: ChooseKernels,
): Engine {
  switch (device) {
    case 'cpu':
      return new OnnxEngine({ threads, ...(chooseKernels && { chooseKernels }) })
    case 'tensorflow':
      return installedTensorflow(threads)
    default:
      return new OnnxDeviceEngine(device)
  }
}
