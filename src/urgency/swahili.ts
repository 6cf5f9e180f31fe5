/**
 * The Swahili that customers mix into English messages -> English words, whole surface forms only: a small map, not a
 * grammar. Negative perfects ("sijapata", I have not got) become "not" and the verb, so that the same rules read them.
 */
const LINES = `
  hello <- habari mambo niaje sasa vipi sema hujambo shikamoo salamu mpo poa salama
  thanks <- asante asanteni ahsante shukran shukrani nashukuru
  very <- sana kabisa
  good <- nzuri vizuri mzuri safi bora
  ok <- sawa sawasawa haya
  please <- tafadhali naomba ningeomba ombi tafadhalini
  sorry <- samahani samahanini pole msamaha samaha
  money <- pesa hela fedha pesha
  loan <- mkopo mikopo
  pay <- kulipa lipa nimelipa nililipa tulilipa malipo
  will pay <- nitalipa tutalipa ntalipa
  not pay <- sijalipa
  send <- tuma nimetuma nilituma kutuma nitumie nimetumia mnitumie
  not send <- hamjatuma hamjanitumia hujanitumia
  not receive <- sijapata sijapokea haijafika haijaingia sijaona hazijafika sikupata hatujapata
  receive <- nimepata nimepokea kupata kupokea
  want <- nataka ningetaka nahitaji tunataka
  help <- nisaidie saidia msaada mnisaidie nisaidieni usaidizi
  problem <- shida tatizo matatizo
  why <- mbona kwanini
  when <- lini
  where <- wapi
  how much <- ngapi
  what <- gani nini
  how <- vipi jinsi
  today <- leo
  tomorrow <- kesho
  yesterday <- jana
  now <- sasahivi saizi saahii
  urgent <- haraka dharura upesi
  phone <- simu
  steal <- nimeibiwa wameiba ameiba imeibiwa ibiwa wezi mwizi niliibiwa wizi wameniibia
  lose <- nimepoteza imepotea potea nilipoteza imepoteza zimepotea
  mistake <- kimakosa makosa nimekosea nilikosea
  reverse <- rudisha nirudishie rudishieni mnirudishie rudishiwa kurudishiwa mrudishe
  person <- mtu
  other <- mwingine ingine nyingine wengine
  wrong <- vibaya mbaya
  can not <- siwezi haiwezi hatuwezi haiwezekani
  not work <- haifanyi hafanyi
  not understand <- sielewi
  not know <- sijui
  still <- bado
  deduct <- mmenikata mmekata wamenikata imekatwa nimekatwa mlinikata
  reject <- mmekataa imekataa mmekatalia imekataliwa nimekataliwa
  account <- akaunti
  lock <- imefungwa imefungiwa mmefunga imeblockiwa
  close <- mnafunga funga
  scam <- utapeli tapeli matapeli ulaghai laghai nimetapeliwa
  liar <- waongo muongo
  debt <- deni madeni
  speak <- kuongea ongea
  job <- kazi
  how <- namna
  month <- mwezi
  week <- wiki
  day <- siku
  my <- yangu wangu langu zangu changu
  your <- yako yenu wenu
  and <- na pia
  but <- lakini
  or <- ama
  child <- mtoto watoto
  hospital <- hospitali hospitalini
  sick <- mgonjwa naumwa
  food <- chakula
  friend <- rafiki
  late <- nlichelewa nilichelewa kuchelewa mmechelewa
  slow <- polepole
  low <- chini
  bad <- mbovu ovyo
  really <- kweli hakika
`;

/** Surface form -> English words. */
export const SWAHILI: ReadonlyMap<string, readonly string[]> = new Map(
  LINES.split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .flatMap((line) => {
      const [meant = "", written = ""] = line.split(" <- ");
      return written.split(" ").map((word) => [word, meant.split(" ")] as const);
    }),
);
