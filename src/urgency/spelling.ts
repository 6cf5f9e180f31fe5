/**
 * What people write -> what they mean, one or more lower-case words. A word is looked up here once, before stemming. Three
 * kinds: contractions (so that every "not" is the word "not"), the spelling of text messages, and forms that the stemmer
 * keeps apart although they are one word (paid and pay, stolen and theft). Swahili is in `swahili.ts`.
 */
const table = (lines: string): (readonly [string, string])[] =>
  lines
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .flatMap((line) => {
      const [meant = "", written = ""] = line.split(" <- ");
      return written.split(" ").map((word) => [word, meant] as const);
    });

const CONTRACTIONS = table(`
  do not <- don't dont dnt dunno
  does not <- doesn't doesnt dsnt
  do not <- didn't didnt didn dint didnot
  can not <- can't cant cannot cnt cannt
  could not <- couldn't couldnt
  will not <- won't wont
  would not <- wouldn't wouldnt
  should not <- shouldn't shouldnt
  is not <- isn't isnt ain't aint
  are not <- aren't arent
  was not <- wasn't wasnt
  were not <- weren't werent
  have not <- haven't havent hvnt havnt avent havn't
  has not <- hasn't hasnt
  had not <- hadn't hadnt
  must not <- mustn't mustnt
  need not <- needn't neednt
  i am <- i'm im iam
  i have <- i've ive
  i will <- i'll
  i would <- i'd
  you are <- you're youre
  you have <- you've youve
  you will <- you'll youll
  it is <- it's
  that is <- that's thats
  what is <- what's whats wats
  where is <- where's wheres
  there is <- there's theres
  who is <- who's
  how is <- how's hows
  he is <- he's
  she is <- she's
  they are <- they're theyre
  they have <- they've theyve
  we are <- we're
  we have <- we've weve
  we will <- we'll
  let us <- let's lets
  not <- nt nope nah neva nva
  never <- nevr nver
  without <- w/o wthout
`);

const TEXTING = table(`
  i <- l
  you <- u yu yuo yah
  your <- ur yo yr yur urs
  are <- r
  and <- n nd an
  the <- da de tha th
  this <- dis ths
  that <- dat tht
  they <- dey dei
  to <- tu
  for <- fo 4 fr
  be <- b
  before <- b4 befo
  why <- y wy whys
  what <- wat wht wot
  when <- wen whn
  where <- wer wea whr
  how <- hw hao
  because <- coz cos cz bcoz bcz cuz becoz bcos cause becouse
  have <- hv hav av hve
  got <- gt
  with <- wth wid
  was <- ws waz
  from <- frm
  but <- bt bat
  about <- abt abut
  just <- jst jus
  now <- nw
  still <- stil stl
  again <- agian agen agn
  already <- alredy aready allready alrdy
  could <- cud
  would <- wud
  should <- shud
  kindly <- kindy knd kndly
  please <- pls plz plse plis pliz plss plizz pleas pliss plix pleasee plea pleaz
  thanks <- tanx thanx thnx thx tnx tks thks thanks thankyou thnks thank tx ty cheers thanku
  sorry <- sory sori soory
  ok <- okay okey oky okk oki kk alright alrite aight okie k
  good <- gud gd goood
  great <- gr8 grt
  love <- luv
  hello <- hallo helo hey hi hii hae hie helloo hy heyy ello
  tomorrow <- 2moro 2morrow tmrw tomoro tmr tmw tmoro tommorow tomorow tommorrow 2mrw tomoz tomm tomorro
  today <- 2day tdy tody todays
  tonight <- 2nite 2night tonite
  yesterday <- yest yesterdy ystdy yestaday
  days <- dayz
  hour <- hr hrs hrz hours
  minute <- min mins mns
  week <- wk wks wik
  month <- mth mnth mths mnths
  year <- yr yrs
  message <- msg msgs mesage messg massage
  sms <- smss txt
  account <- acc acct acount accnt accout accounts acc's accaunt
  application <- aplication applic
  apply <- aply appy
  number <- num nmba namba numba nmbr nos
  phone <- fone phon fon cellphone mobile smartphone handset
  card <- crd
  balance <- bal bala
  payment <- pymt pmt paymnt
  amount <- amt amnt
  transaction <- txn trx trxn transc transcation transction transation tranzaction
  transfer <- xfer trf trnsfer tranfer transfere trasfer
  password <- pwd passwd pasword passcode passwrd pasword passphrase psw
  pin <- pins
  code <- otp passcodes
  receive <- rcvd recvd rcv recieve recieved recived receved receied receivd rcvd recv recd
  withdraw <- withdrawl withdrawls widraw withdrow witdraw withdrawn withdrew withdrawal withdrawals
  deposit <- diposit deposite
  disburse <- disbused disburesed disbursment
  reverse <- revers rivers reversal reversals revert reverts reverted reverting riverse undo undone rollback
  wrong <- wrng rong incorrect
  reject <- rejct rejeted rejecte decline declined declines declining deny denied denies denying refuse refused refuses refusing turneddown
  approve <- aprove aproved
  urgent <- urgnt urgency urgence asap emergency emergencies urgntly ugent arjent critical immediate immediately immediatly imediately immediatelly instantly promptly
  help <- hlp assist assistance assisting halp helpp
  problem <- prob problm issue issues trouble prblm
  money <- cash mony moneys monies
  loan <- lon loans lone
  shilling <- ksh kshs sh shs kes kshs. ksh. bob /= ngn naira usd eur gbp gpb tsh ugx rs inr rand cedis dollars dollar euro euros pounds quid bucks pound shillings
  customer care <- customercare
  service <- servic servce
  update <- updt
  internet <- intanet
  network <- netwrk netwok
  airtime <- airtym airtme
  interest <- intrest
  certificate <- cert certifcate
  verify <- verfy verication
  suspend <- suspeded susspended
  block <- blok bloked blockd
  delay <- dely
  fake <- feki
  someone <- sm1 some1 somone somebody
  anyone <- any1 anybody
  everyone <- evry1 everybody
  wait <- w8 waitin wating
  late <- l8
  mistake <- mistakenly mistek mistakes mistaken erroneously inadvertently accidentally accidently accidental error's erroneous amistake
  unsubscribe <- unsub
  subscribe <- sub
  is <- iz
  remove <- rmv remov
  everything <- everythng evrything
  give <- giv
  name <- nam
  manager <- mgr
  something <- smthng somthing
  nothing <- nthing nuthin
  friend <- frend frnd
  people <- ppl
  really <- realy rly
  back <- bck
  need <- nid
  want <- wnt wana wanna
`);

const IRREGULAR = table(`
  pay <- paid payed payd paying pays pad
  repay <- repaid repayed
  steal <- stole stolen theft thief thieves thefts stealing rob robbed robbery robbers mugged mug pickpocketed pickpocket snatched snatch burgled burglary
  send <- sent snt sended sending sents
  lose <- lost losing loses loose loosing loss losses lst misplace misplaced
  take <- took taken taking takes
  get <- got gotten getting gets gt
  give <- gave given giving gives gv
  make <- made makes making
  do <- did done does doing
  go <- went goes going
  use <- used uses using usage
  we <- us
  handy <- helpful useful helpfull usefull
  come <- came comes coming
  see <- saw seen sees seeing
  say <- said says saying
  tell <- told tells telling
  be <- am is are was were been being
  have <- has had having
  will <- shall gonna
  buy <- bought buys buying purchase purchased purchases purchasing
  find <- found finds finding
  forget <- forgot forgotten forgets forgetting 4got 4gotten forgoten
  break <- broke broken breaks breaking
  leave <- left leaving
  keep <- kept keeps keeping
  know <- knew known knows knowing
  think <- thought thinks thinking
  feel <- felt
  write <- wrote written writing
  speak <- spoke spoken spk
  spend <- spent
  lend <- lent
  charge <- charged charges charging
  eat <- ate eaten
  deduct <- deducted deducts deduction deductions deducting debited debits
  fraud <- fraudulent fraudulently fraudster fraudsters frauds defraud defrauded defrauding
  scam <- scammer scammers scammed scams scamming swindle swindled conman conmen conned phish phishing phished fraudulant extortion extort duped dupe
  hack <- hacker hackers hacked hacking
  steal <- stealed
  charge back <- chargeback chargebacks
  unauthorized <- unauthorised unauthorize unauthorise unathorized unauthorised unapproved
  duplicate <- duplicated duplicates duplication
  double <- dbl doubly
  twice <- 2x twise
  log in <- login logged logon signin logging loging
  log out <- logout logged-out signout
  top up <- topup topups topped topping
  set up <- setup
  sign up <- signup
  pay bill <- paybill paybills
  every time <- everytime
  no one <- noone nobody
  up to date <- uptodate
  a lot <- alot
  in fact <- infact
  a week <- aweek
  day <- days
  family <- families
  child <- children kids kid baby son daughter
  die <- died dead death dying dies passed-away
  hospital <- hospitalised hospitalized hospitals clinic ambulance
  sick <- sickness ill illness unwell
  bad <- worse worst
  good <- better nice decent
  best <- bestest
  disappear <- vanish vanished disappeared disappearing gone-missing
  reflect <- reflected reflecting reflects reflct relect
  recognize <- recognise recognised recognized recogise reconize recognizing recognising recogize
  happy <- happily
  angry <- anger angrily furious livid irate mad pissed outraged
  useless <- usless uselessness worthless
  slow <- slowly
  speed <- speedy
  error <- errors
  crash <- crashes crashed crashing
  apology <- apologies apologise apologize appologise
  refund <- refunded refunds refunding reimburse reimbursed reimbursement repayback
  dispute <- disputed disputes disputing
  freeze <- froze frozen freezes freezing
  swallow <- swallowed swallowing
  hold <- held holding holds
  catch <- caught
  stick <- stuck
  bite <- bitten
  bill <- billed billing bills
  cancel <- cancelation cancellation canceled cancelled cancelling
  approve <- approval approvals approved
  arrive <- arrival arrived arrives arriving
  deliver <- delivery delivered deliveries delivers
  complain <- complaint complaints complained complaining
  fail <- failure failed fails failing failures unsuccessful unsuccessfully
  clear <- cleared clearing clears clered
  clearance <- clearence clerance
  respond <- response responses responded responding responds reply replied replies answer answered answers
  owe <- owed owing owes
  fee <- fees
  statement <- statements
  settle <- settled settling settlement
  expire <- expired expiry expires expiring expiration
  disconnect <- disconnected disconnection
`);

const NON_WORDS: ReadonlySet<string> = new Set(["", "-"]);

/** Later lines win, so that the irregular forms stand over the texting ones. */
export const SPELLING: ReadonlyMap<string, readonly string[]> = new Map(
  [...TEXTING, ...CONTRACTIONS, ...IRREGULAR]
    .filter(([written]) => !NON_WORDS.has(written))
    .map(([written, meant]) => [written, meant.split(" ")]),
);
