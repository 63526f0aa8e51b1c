import { ReadbackError } from "../error.ts";
import type { AppComponent, AppComponents } from "./app-component.ts";
import { type CommittedProposal, proposalsOfType } from "./committed-proposal.ts";
import {
  type Extension,
  extensionTypes,
  readAppDataDictionary,
  writeAppDataDictionary,
} from "./extension.ts";
import { mostExtensions } from "./limits.ts";
import type { AppDataUpdate } from "./proposal.ts";
import { refusal } from "./rule.ts";

type SentUpdate = AppDataUpdate & { readonly sender: number | undefined };

/** The component of an id. Throws `mls-component-unknown` where the application does not know it. */
export function componentOf(components: AppComponents | undefined, componentId: number): AppComponent {
  const component = components?.get(componentId);
  if (component === undefined) throw refusal("mls-component-unknown");
  return component;
}

/**
 * The extensions of the group context after the AppDataUpdate proposals of a commit (draft-ietf-mls-extensions §4.7):
 * the same array where there are none. Throws `mls-component-unknown`, `mls-app-data-mixed`, `mls-app-data-absent`,
 * `mls-app-data-refused`, `malformed` or `too-large`.
 *
 * @param extensions - those that the other proposals of the commit leave
 */
export function applyAppDataUpdates(
  extensions: readonly Extension[],
  proposals: readonly CommittedProposal[],
  components: AppComponents | undefined,
): readonly Extension[] {
  const byComponent = new Map<number, SentUpdate[]>();
  for (const update of proposalsOfType(proposals, "app-data-update")) {
    byComponent.set(update.componentId, [...(byComponent.get(update.componentId) ?? []), update]);
  }
  if (byComponent.size === 0) return extensions;
  const dictionary = new Map(readAppDataDictionary(extensions));
  for (const [componentId, updates] of byComponent) {
    const data = dataAfter(dictionary.get(componentId), updates, componentOf(components, componentId));
    if (data === undefined) dictionary.delete(componentId);
    else dictionary.set(componentId, data);
  }
  if (dictionary.size > mostExtensions) {
    throw new ReadbackError("too-large", "A group has data of too many components.");
  }
  const { type, data } = writeAppDataDictionary(dictionary);
  const isNew = !extensions.some((extension) => extension.type === extensionTypes.appDataDictionary);
  if (isNew) return [...extensions, { type, data }];
  return extensions.map((extension) => (extension.type === type ? { type, data } : extension));
}

/** The data of a component after its updates; `undefined` where they remove it. */
function dataAfter(
  before: Uint8Array | undefined,
  updates: readonly SentUpdate[],
  component: AppComponent,
): Uint8Array | undefined {
  const removal = updates.find(({ update }) => update === undefined);
  if (removal === undefined) {
    const inputs = updates.map(({ update, sender }) => ({ data: update ?? new Uint8Array(0), sender }));
    const after = component.update?.(before, inputs);
    if (after === undefined) throw refusal("mls-app-data-refused");
    return after;
  }
  if (updates.length > 1) throw refusal("mls-app-data-mixed");
  if (before === undefined) throw refusal("mls-app-data-absent");
  if (!component.acceptRemoval?.(before, removal.sender)) throw refusal("mls-app-data-refused");
  return undefined;
}
