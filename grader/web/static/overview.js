// A page of a room that isn't a lesson follows the class, too.
import { hearClass } from "./class_state.js";
import { listen } from "./events.js";

if (document.querySelector("#next")) listen("/events", hearClass);
