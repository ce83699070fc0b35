import * as tf from '@tensorflow/tfjs-core'

/** Runs `work`, which must not wait for anything, with tfjs' ops going to the named backend; then sets the one before. */
export function withBackend<T>(name: string, work: () => T): T {
  const engine = tf.engine()
  const before: string | undefined = engine.backendName
  // A backend whose factory answers at once is in place before setBackend's promise is looked at.
  void engine.setBackend(name)
  try {
    return work()
  } finally {
    if (before && before !== name && before in engine.registryFactory)
      void engine.setBackend(before)
  }
}
