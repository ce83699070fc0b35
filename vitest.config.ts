import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'

/** Started on their own: the real app, measurements, long runs. */
const APART = ['tests/electron/**', 'tests/bench/**', 'tests/soak/**']

export default defineConfig({
  // The messages were compiled by the build, which npm test runs first.
  plugins: [svelte()],
  test: {
    // tfjs' ES modules import each other without extensions, which only a bundler resolves; and the core must
    // be one instance, shared by the backends.
    setupFiles: ['tests/propertySeed.ts'],
    // As in the built programs: see electron.vite.config.ts.
    env: { ORT_DISABLE_TELEMETRY: '1' },
    server: { deps: { inline: [/@tensorflow/] } },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['tests/**/*.test.ts'],
          exclude: APART,
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'electron',
          include: ['tests/electron/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: { name: 'soak', include: ['tests/soak/**/*.test.ts'], fileParallelism: false },
      },
    ],
  },
})
