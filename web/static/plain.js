import { rememberLanguage } from "./language.js";

rememberLanguage();
document.documentElement.dataset.ready = "true";
