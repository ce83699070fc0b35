import type * as v from 'valibot'

type Schema = v.GenericSchema

/** One request: schemas of its argument and of its answer. Both ends parse what they receive. */
export type RequestSpec = { readonly input: Schema; readonly output: Schema }

/** The requests a process answers and the events it sends; every type of both ends derives from this. */
export type ServiceSpec = {
  readonly name: string
  readonly requests: Readonly<Record<string, RequestSpec>>
  readonly events: Readonly<Record<string, Schema>>
}

/** What the answering side implements. */
export type Handlers<S extends ServiceSpec> = {
  [K in keyof S['requests']]: (
    input: v.InferOutput<S['requests'][K]['input']>,
  ) => Promise<v.InferInput<S['requests'][K]['output']>>
}

/** What the asking side calls. */
export type Client<S extends ServiceSpec> = {
  [K in keyof S['requests']]: (
    input: v.InferInput<S['requests'][K]['input']>,
  ) => Promise<v.InferOutput<S['requests'][K]['output']>>
}

/** Sends one of a service's events to whoever is connected. */
export type Emit<S extends ServiceSpec> = <K extends keyof S['events'] & string>(
  event: K,
  payload: v.InferInput<S['events'][K]>,
) => void

/** Listens to one of a service's events; returns a function that stops listening. */
export type Listen<S extends ServiceSpec> = <K extends keyof S['events'] & string>(
  event: K,
  listener: (payload: v.InferOutput<S['events'][K]>) => void,
) => () => void
