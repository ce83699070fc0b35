import { resolve } from 'node:path'
import { paraglideVitePlugin } from '@inlang/paraglide-js'

/** Compiles renderer/messages/*.json to functions, for the build and for the tests alike. */
export const messages = () =>
  paraglideVitePlugin({
    project: resolve('renderer/project.inlang'),
    outdir: resolve('renderer/messages/generated'),
    strategy: ['localStorage', 'preferredLanguage', 'baseLocale'],
    emitTsDeclarations: true,
  })
