import * as v from 'valibot'

/** How a 3x3 convolution is computed; see `main/compiler/convSites.ts`. Each rounds in its own way. */
export const ConvKernelSchema = v.picklist(['blocked', 'plain', 'winograd'])
/** See {@link ConvKernelSchema}. */
export type ConvKernel = v.InferOutput<typeof ConvKernelSchema>
