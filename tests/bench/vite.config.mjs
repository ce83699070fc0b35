import { without } from './ablation/variants.mjs'

const left = process.env['SPROUT_BENCH_WITHOUT']

// Bundles a benchmark for Node. tfjs goes in, since its modules import each other in a bundler's way.
export default {
  build: { target: 'node22', emptyOutDir: true, minify: false },
  ssr: {
    noExternal: true,
    external: ['onnxruntime-node', 'better-sqlite3', 'sharp', 'playwright-core'],
  },
  plugins: left === undefined ? [] : [without(left)],
}
