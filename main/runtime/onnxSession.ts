import { InferenceSession } from 'onnxruntime-node'

/** A model in ONNX Runtime on the CPU, with the options under which Sprout's models run well. */
export function cpuSession(model: Uint8Array, threads: number): Promise<InferenceSession> {
  return InferenceSession.create(model, {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    // It would plan one block for a whole step and hold it beside the memory that the first step took piece by piece.
    enableMemPattern: false,
    graphOptimizationLevel: 'all',
    // It moves paddings into pools that then refuse them, being wider than their window.
    extra: { optimization: { disable_specified_optimizers: 'Pad_Fusion' } },
    logSeverityLevel: 3,
  })
}
