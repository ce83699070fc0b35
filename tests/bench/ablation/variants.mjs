// What the step is without one of its optimisations, as edits of its sources: [file, what stands there, what instead].

/** @type {{ name: string, edits: [file: string, from: string, to: string][] }[]} */
export const VARIANTS = [
  { name: 'nothing', edits: [] },
  {
    name: 'Winograd kernels',
    edits: [
      ['main/runtime/kernelTuner.ts', "kernel === 'plain' ||", "kernel === 'plain' || 1 > 2 &&"],
    ],
  },
  {
    name: 'blocked kernels',
    edits: [['main/runtime/blockedLayout.ts', 'block === 8 || block === 16 ? block : 0', '0']],
  },
  {
    name: 'blocked and Winograd kernels',
    edits: [
      ['main/runtime/blockedLayout.ts', 'block === 8 || block === 16 ? block : 0', '0'],
      ['main/runtime/kernelTuner.ts', "kernel === 'plain' ||", "kernel === 'plain' || 1 > 2 &&"],
    ],
  },
  {
    name: 'blocked filter gradients',
    edits: [
      ['main/compiler/lower/blockedFilter.ts', 'if (!isBlocked(emit, outputs) ||', 'if (1 < 2 ||'],
    ],
  },
  {
    name: 'summed taps in enlarging and shrinking convolutions',
    edits: [
      [
        'main/trainer/networks.ts',
        'const taps = sumTaps4(kernel(weights, `${layer}/weight`))',
        'const taps = kernel(weights, `${layer}/weight`)',
      ],
      [
        'main/trainer/networks.ts',
        "tf.conv2dTranspose(maps, taps, shape, 2, 'same')",
        "tf.conv2dTranspose(nearestUp2(maps), taps, shape, 1, 'same')",
      ],
      [
        'main/trainer/networks.ts',
        "tf.conv2d(maps, sumTaps4(kernel(weights, `${layer}/weight`)), 2, 'same')",
        "boxDown2(tf.conv2d(maps, kernel(weights, `${layer}/weight`), 1, 'same'))",
      ],
    ],
  },
  {
    name: 'one pass over reals and fakes',
    edits: [
      [
        'main/trainer/losses.ts',
        'const both = score(tf.concat([augment.reals(reals), augment.fakes(fakes)], 0), 2)',
        'return { real: score(augment.reals(reals), 1), fake: score(augment.fakes(fakes), 1) }',
      ],
      [
        'main/trainer/losses.ts',
        'return { real: tf.slice(both, [0, 0], [n, 1]), fake: tf.slice(both, [n, 0], [n, 1]) }',
        '',
      ],
    ],
  },
  {
    name: 'sharing of equal work',
    edits: [
      ['main/compiler/compile.ts', "  ['sharing', shareCommonSubexpressions],\n", ''],
      ['main/compiler/lower/emitter.ts', 'if (known !== undefined) return known\n', ''],
    ],
  },
  {
    name: 'fused biases and leaky ReLUs',
    edits: [['main/compiler/compile.ts', "apply('fusion', fuseEpilogues)\n", '']],
  },
  {
    name: "state in the kernels' layouts",
    edits: [
      [
        'main/compiler/passes/layout.ts',
        'return { inputs: chosen(inputs), outputs: chosen(graph.outputs) }',
        'return { inputs: chosen(new Map()), outputs: chosen(new Map()) }',
      ],
    ],
  },
  {
    name: 'outputs left where they were written',
    edits: [
      ['main/runtime/onnx.ts', 'sentinel: true', 'sentinel: false'],
      [
        'main/runtime/onnx.ts',
        'runInPlace(this.#session, feeds, fetches)',
        'this.#session.run(feeds, fetches)',
      ],
    ],
  },
]

/** A plugin of vite that builds without the optimisation of this name. Throws where an edit no longer applies. */
export function without(name) {
  const variant = VARIANTS.find((each) => each.name === name)
  if (variant === undefined) throw new Error(`There is no optimisation "${name}".`)
  const open = new Set(variant.edits)
  return {
    name: 'without',
    enforce: 'pre',
    transform(code, id) {
      let edited = code
      for (const edit of variant.edits) {
        const [file, from, to] = edit
        if (!id.replaceAll('\\', '/').endsWith(file)) continue
        if (!edited.includes(from)) throw new Error(`"${from}" no longer stands in ${file}.`)
        edited = edited.replace(from, to)
        open.delete(edit)
      }
      return edited
    },
    buildEnd() {
      if (open.size > 0) throw new Error(`Not all edits for "${name}" were met.`)
    },
  }
}
