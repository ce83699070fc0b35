/** What work in a process of its own may use. */
const JOBS = [
  'main/ipc',
  'main/runtime',
  'main/trainer',
  'main/store',
  'main/pictures',
  'main/rehearsal',
  'main/devices',
]

/** Who may import whom among the folders of the source. */
const ALLOWED = {
  'main/app': ['main/ipc', 'main/files'],
  'main/preload': [],
  'main/ipc': [],
  'main/jobs': JOBS,
  'main/library': [
    'main/store',
    'main/pictures',
    'main/export',
    'main/runtime',
    'main/rehearsal',
    'main/ipc',
    'main/devices',
  ],
  'main/devices': ['main/runtime', 'main/trainer', 'main/store'],
  'main/rehearsal': ['main/runtime', 'main/trainer', 'main/store'],
  'main/trainer': ['main/runtime', 'main/store', 'main/pictures', 'main/quality', 'main/ipc'],
  'main/quality': [],
  'main/compiler': [],
  'main/runtime': ['main/compiler', 'main/files'],
  'main/files': [],
  'main/store': ['main/files'],
  'main/pictures': ['main/store'],
  'main/export': ['main/runtime', 'main/pictures', 'main/store', 'main/trainer'],
  'main/cli': [...JOBS, 'main/library', 'main/export'],
  renderer: [],
}

const folderRules = Object.entries(ALLOWED).map(([folder, others]) => ({
  name: `${folder.replace('/', '-')}-imports`,
  severity: 'error',
  from: { path: `^${folder}/` },
  to: { path: '^(main|renderer)/', pathNot: `^(${[folder, ...others].join('|')})/` },
}))

module.exports = {
  forbidden: [
    ...folderRules,
    {
      name: 'shared-imports-itself-alone',
      severity: 'error',
      from: { path: '^shared/' },
      to: { path: '^(main|renderer|tests)/' },
    },
    {
      name: 'shared-is-pure',
      comment: 'shared runs in every process: no Node, no Electron, no native package',
      severity: 'error',
      from: { path: '^shared/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'no-native-module-in-the-main-process',
      severity: 'error',
      from: { path: '^main/(app|ipc|preload)/' },
      to: { path: 'node_modules/(better-sqlite3|sharp|onnxruntime-node)/' },
    },
    {
      name: 'no-node-in-the-renderer',
      severity: 'error',
      from: { path: '^renderer/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'one-owner-of-sqlite',
      severity: 'error',
      from: { path: '^main/', pathNot: '^main/store/' },
      to: { path: 'node_modules/better-sqlite3/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: 'renderer/messages/generated' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types', 'svelte'],
    },
  },
}
