/** What the engine is made of: exactly these downloads, and which files of them. */

/** TensorFlow's version, which the engine's folder is named after. */
export const TENSORFLOW_VERSION = '2.21.0'

/** A download that is used only when its digest is the pinned one. */
export type Download = {
  /** For messages. */
  readonly what: string
  readonly fileName: string
  readonly bytes: number
  readonly algorithm: 'sha256' | 'sha512'
  readonly encoding: 'hex' | 'base64'
  readonly digest: string
}

/** A package of npm's registry; `unpack` are the paths in it that the engine needs. */
export type NpmPackage = Download & { readonly id: string; readonly unpack: readonly string[] }

/** TensorFlow's libraries and headers, in a Python package for the CPU of 64-bit Linux (glibc 2.27 or newer). */
export const WHEEL: Download & { readonly requirement: string; readonly tags: readonly string[] } =
  {
    what: `TensorFlow ${TENSORFLOW_VERSION}`,
    requirement: `tensorflow-cpu==${TENSORFLOW_VERSION}`,
    fileName: `tensorflow_cpu-${TENSORFLOW_VERSION}-cp312-cp312-manylinux_2_27_x86_64.whl`,
    bytes: 274_000_871,
    algorithm: 'sha256',
    encoding: 'hex',
    digest: 'dcc8afd32930e42d5296b6ee19078b773706830af4ea97fbe503b9f5e0f820cb',
    // Which Python runs the download does not matter; these choose the file.
    tags: [
      '--platform=manylinux_2_27_x86_64',
      '--python-version=3.12',
      '--abi=cp312',
      '--implementation=cp',
    ],
  }

/** The tfjs backend: its JavaScript, and the source of its N-API module. */
export const BACKEND_PACKAGE: NpmPackage = {
  what: 'the tfjs backend',
  id: '@tensorflow/tfjs-node-gpu@4.22.0',
  fileName: 'tensorflow-tfjs-node-gpu-4.22.0.tgz',
  bytes: 223_379,
  algorithm: 'sha512',
  encoding: 'base64',
  digest:
    'p//NN6DGiN4hInUmIkRffaFVMcdTREUMjPyjW04J7OXvB2zBlQimj61eFKSgRrH3f5TnOfKzb0n56he/B6a4bw==',
  unpack: ['package.json', 'binding', 'dist'],
}

/** The headers that N-API modules are built with. */
export const HEADERS_PACKAGE: NpmPackage = {
  what: "Node's headers",
  id: 'node-api-headers@1.9.0',
  fileName: 'node-api-headers-1.9.0.tgz',
  bytes: 16974,
  algorithm: 'sha512',
  encoding: 'base64',
  digest:
    '2oNILP4jXwRB4ywnYKjVk1YyJ96n2D4EOVJO6S3oYZ5PtbJrw3Yt9TpAuX3nBLMuzn74rnfGQrv13pS9vC+YiA==',
  unpack: ['include'],
}

const C_HEADERS = [
  'c_api.h',
  'c_api_macros.h',
  'tf_attrtype.h',
  'tf_buffer.h',
  'tf_datatype.h',
  'tf_status.h',
  'tf_tensor.h',
  'tf_tstring.h',
  'eager/c_api.h',
]

/** Files of the wheel that the engine needs: by the same paths in its folder. */
export const WHEEL_FILES: readonly string[] = [
  'tensorflow/libtensorflow_framework.so.2',
  'tensorflow/libtensorflow_cc.so.2',
  ...C_HEADERS.map((name) => `tensorflow/include/tensorflow/c/${name}`),
  ...['tensorflow/core', 'tsl'].flatMap((folder) =>
    ['ctstring.h', 'ctstring_internal.h'].map(
      (name) => `tensorflow/include/${folder}/platform/${name}`,
    ),
  ),
  'tensorflow/include/xla/tsl/c/tsl_status.h',
]
