// A page of a room that isn't a lesson follows the class, too.
import { hearClass } from "./class_state.js";

if (document.querySelector("#next")) hearClass(new EventSource("/events"));
