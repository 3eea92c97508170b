// The drop page's worker: seals parts and sends them, so that the page stays quick. It is told the key of the parts, no other.

import { serve } from "./crew.js";
import { sendPart } from "./send_part.js";

serve(async ({ job, source }, signal, arrived) => ({ result: await sendPart(job, source, signal, arrived) }));
