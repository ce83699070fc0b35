// Bundles a benchmark for Node; packages stay outside, as in the app.
export default { build: { target: 'node22', emptyOutDir: true, minify: false } }
