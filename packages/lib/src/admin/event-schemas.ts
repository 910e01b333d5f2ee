import { z } from "zod";
import {
  backendStatusSchema,
  backendViewSchema,
  faultSchema,
  statusViewSchema,
  tunnelViewSchema,
} from "./schemas.ts";

/**
 * The messages of `GET /api/v1/events`. Each is one JSON object; `type` tells them apart. All but `snapshot` have a
 * `level` and a `message`, a sentence that can stand in a log view as it is.
 */

const said = { at: z.iso.datetime(), level: z.enum(["info", "warn", "error"]), message: z.string() };

/** Everything at one moment: the first message, and again at least every 500 ms. */
export const snapshotEventSchema = z
  .object({
    type: z.literal("snapshot"),
    at: z.iso.datetime(),
    status: statusViewSchema,
    backends: z.array(backendViewSchema).describe("In the order of the file."),
    tunnels: z
      .array(tunnelViewSchema)
      .describe("The busiest ones, as many as `?tunnels=` asks for (0 to 1000, default 0)."),
  })
  .meta({ id: "SnapshotEvent" });
export type SnapshotEvent = z.infer<typeof snapshotEventSchema>;

/** A backend changed its status, was ejected or comes back from it, or changed its protocol. */
export const backendEventSchema = z
  .object({
    type: z.literal("backend"),
    ...said,
    event: z
      .string()
      .describe(
        "`connected`, `lost`, `connect_failed`, `gave_up`, `disabled`, `enabled`, `reset`, `ejected`, `protocol`.",
      ),
    from: backendStatusSchema,
    to: backendStatusSchema,
    code: z.string().nullable(),
    backend: backendViewSchema.describe("As it is after the change."),
  })
  .meta({ id: "BackendEvent" });
export type BackendEventMessage = z.infer<typeof backendEventSchema>;

/** A request failed, or one backend failed a request that another one then served. */
export const errorEventSchema = z
  .object({
    type: z.literal("error"),
    ...said,
    code: z.string(),
    side: z
      .string()
      .describe("Whose fault: `application`, `client`, `backend`, `server`, `target`, `policy`."),
    backend: z.string().nullable(),
    target: z.string().nullable().describe("Null where `access_log` keeps targets back."),
    omitted: z
      .int()
      .min(0)
      .describe("Errors since the last message of this type that were not sent: there were too many."),
  })
  .meta({ id: "ErrorEvent" });
export type ErrorEventMessage = z.infer<typeof errorEventSchema>;

export const reloadEventSchema = z
  .object({
    type: z.literal("reload"),
    ...said,
    done: z.boolean(),
    faults: z.array(faultSchema).describe("Why it was refused; warnings where it was done."),
  })
  .meta({ id: "ReloadEvent" });
export type ReloadEventMessage = z.infer<typeof reloadEventSchema>;

/** The daemon drains: it ends when its tunnels have. */
export const drainEventSchema = z.object({ type: z.literal("drain"), ...said }).meta({ id: "DrainEvent" });
export type DrainEventMessage = z.infer<typeof drainEventSchema>;

export const eventMessageSchema = z
  .discriminatedUnion("type", [
    snapshotEventSchema,
    backendEventSchema,
    errorEventSchema,
    reloadEventSchema,
    drainEventSchema,
  ])
  .meta({ id: "Event" });
export type EventMessage = z.infer<typeof eventMessageSchema>;
