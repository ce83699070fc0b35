import { explained } from '../../shared/domain/explanation'
import type { Device } from '../../shared/domain/device'
import type { TrainConfig } from '../../shared/domain/trainConfig'
import type { Segment } from '../../shared/schedule'
import type { Program, Session } from '../runtime/engine'
import { OnnxEngine } from '../runtime/onnx'
import { compareSteps } from './compareSteps'

/**
 * Holds a device to the CPU's results before it trains a segment: `session` is of `program`, that segment's train step,
 * and loses its state. Throws, naming the tensor, where they differ by more than rounding.
 */
export async function checkDevice(
  device: Device,
  session: Session,
  program: Program,
  config: TrainConfig,
  segment: Segment,
): Promise<void> {
  await using cpu = await new OnnxEngine({ threads: config.threads }).load(program)
  const { tensor, error, tolerance } = await compareSteps(cpu, session, config, segment)
  if (error <= tolerance) return
  const { resolution, phase } = segment
  const where = { device, size: `${resolution}`, phase }
  throw explained('device_differs', { ...where, tensor, amount: errorInWords(error) })
}

/** `by 12%`, or that there are no numbers. */
export function errorInWords(error: number): string {
  if (!Number.isFinite(error)) return 'by having no numbers'
  return `by ${Number((100 * error).toPrecision(2))}% of its largest value`
}
