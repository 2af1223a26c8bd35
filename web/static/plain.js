import { rememberLanguage } from "./language.js";

rememberLanguage();
