/** What the chat's own script changes; the composer and the list have their own. */

import { byId } from "./element.js";

export const page = {
  log: byId("log", HTMLElement),
  welcome: byId("welcome", HTMLElement),
  status: byId("said", HTMLElement),
  newChat: byId("new-chat", HTMLButtonElement),
  network: byId("network", HTMLElement),
};
