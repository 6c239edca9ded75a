// The server of Spotlight, without its command line: that one reports its own use to its makers.
import { setupSpotlight } from "@spotlightjs/spotlight";

await setupSpotlight({ port: Number(process.argv[2]), isStandalone: true });
