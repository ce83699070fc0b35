import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    // tfjs' ES modules import each other without extensions, which only a bundler resolves; and the core must
    // be one instance, shared by the backends.
    server: { deps: { inline: [/@tensorflow/] } },
  },
})
