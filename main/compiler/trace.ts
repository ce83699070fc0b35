import * as tf from '@tensorflow/tfjs-core'
import { GraphBuilder } from './builder'
import type { ElementType, Graph, Shape, Value } from './ir'
import { KERNEL_RULES } from './kernelRules'

/** What a function's argument looks like. */
export type InputSpec = { readonly shape: Shape; readonly type?: ElementType }

/** A function of named tfjs tensors to named tfjs tensors. */
export type TensorFunction = (
  inputs: Readonly<Record<string, tf.Tensor>>,
) => Readonly<Record<string, tf.Tensor>>

const BACKEND = 'sprout-trace'

/**
 * Runs `work` once on tensors without values and records what it does. Every tfjs op that it uses must have a rule
 * in `kernelRules.ts`; it may not read a tensor's values, and is differentiated by tfjs itself.
 */
export function trace(work: TensorFunction, inputs: Readonly<Record<string, InputSpec>>): Graph {
  const backend = new TraceBackend()
  const engine = tf.engine()
  const before: string | undefined = engine.backendName
  const kernels = Object.keys(KERNEL_RULES)
  tf.registerBackend(BACKEND, () => backend)
  for (const kernelName of kernels) {
    tf.registerKernel({
      kernelName,
      backendName: BACKEND,
      kernelFunc: (call) => backend.record(kernelName, call),
    })
  }
  try {
    // The factory answers at once, so the backend is in place before setBackend's promise is looked at.
    void engine.setBackend(BACKEND)
    const outputs = new Map<string, Value>()
    engine.tidy(() => {
      const tensors: Record<string, tf.Tensor> = {}
      for (const [name, spec] of Object.entries(inputs)) tensors[name] = backend.input(name, spec)
      for (const [name, tensor] of Object.entries(work(tensors)))
        outputs.set(name, backend.valueIn(tensor))
    })
    return backend.builder.finish(outputs)
  } finally {
    for (const kernelName of kernels) tf.unregisterKernel(kernelName, BACKEND)
    tf.removeBackend(BACKEND)
    if (before && before in engine.registryFactory) void engine.setBackend(before)
  }
}

/** What tfjs knows a traced tensor's data by. */
class Handle {
  readonly value: Value

  constructor(value: Value) {
    this.value = value
  }
}

/** A tfjs backend whose kernels note what they were asked instead of doing it. */
class TraceBackend extends tf.KernelBackend {
  readonly builder = new GraphBuilder()
  #live = 0

  input(name: string, spec: InputSpec): tf.Tensor {
    const value = this.builder.add({
      kind: 'input',
      name,
      type: spec.type ?? 'float32',
      shape: [...spec.shape],
    })
    return tf.engine().makeTensorFromTensorInfo(this.#info(value, 'float32'))
  }

  valueIn(tensor: tf.TensorInfo): Value {
    const handle = tensor.dataId
    if (handle instanceof Handle) return handle.value
    throw new Error(
      'a tensor made outside of the program cannot be used in it: pass it as an input',
    )
  }

  record(kernelName: string, call: Parameters<tf.KernelFunc>[0]): tf.TensorInfo | tf.TensorInfo[] {
    const rule = KERNEL_RULES[kernelName]
    if (!rule) throw new Error(`the compiler has no rule for tfjs' kernel ${kernelName}`)
    const infos = Object.values(call.inputs).filter((info) => info !== undefined)
    const named: Record<string, Value> = {}
    for (const [name, info] of Object.entries(call.inputs))
      if (info) named[name] = this.valueIn(info)
    const result = rule.record({
      builder: this.builder,
      args: infos.map((info) => this.valueIn(info)),
      named,
      types: infos.map((info) => info.dtype),
      attrs: call.attrs ?? {},
    })
    const type = rule.type ?? infos[0]?.dtype ?? 'float32'
    const dtype = kernelName === tf.Cast ? (call.attrs?.['dtype'] as tf.DataType) : type
    return 'id' in result
      ? this.#info(result, dtype)
      : result.map((value) => this.#info(value, dtype))
  }

  override write(data: tf.BackendValues, shape: number[], dtype: tf.DataType): object {
    if (dtype === 'string' || dtype === 'complex64')
      throw new Error(`the compiler cannot use ${dtype} tensors`)
    this.#live++
    const values = Float32Array.from(data as Float32Array)
    const [first = 0] = values
    const splat = values.length > 0 && values.every((v) => v === first)
    return new Handle(
      splat
        ? this.builder.fill([...shape], first)
        : this.builder.add({ kind: 'constant', shape: [...shape], data: values }),
    )
  }

  override readSync(id: object): tf.BackendValues {
    const value = (id as Handle).value
    if (value.op.kind === 'constant') return value.op.data
    if (value.op.kind === 'fill')
      return new Float32Array(tf.util.sizeFromShape([...value.shape])).fill(value.op.value)
    throw new Error(
      'a program may not read values of tensors: they are not known when it is compiled',
    )
  }

  override async read(id: object): Promise<tf.BackendValues> {
    return this.readSync(id)
  }

  override disposeData(): boolean {
    this.#live--
    return true
  }

  override numDataIds(): number {
    return this.#live
  }

  override incRef(): void {}

  decRef(): void {}

  override refCount(): number {
    return 1
  }

  override timerAvailable(): boolean {
    return false
  }

  override floatPrecision(): 16 | 32 {
    return 32
  }

  override epsilon(): number {
    return 1e-7
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: true }
  }

  override dispose(): void {}

  #info(value: Value, dtype: tf.DataType): tf.TensorInfo {
    this.#live++
    return { dataId: new Handle(value), shape: [...value.shape], dtype }
  }
}
