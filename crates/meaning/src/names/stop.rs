//! Words that say nothing about a subject, in eleven languages.

/// A language and its words.
#[derive(Debug)]
pub(super) struct Language {
    pub(super) name: &'static str,
    words: &'static str,
}

impl Language {
    /// The words, in lower case.
    pub(super) fn words(&self) -> impl Iterator<Item = &'static str> {
        self.words.split_ascii_whitespace()
    }
}

pub(super) static LANGUAGES: [Language; 11] = [
    Language {
        name: "English",
        words: "a about above after again against all also am an and any are aren't as at be because been before being \
                below between both but by can can't cannot could couldn't did didn't do does doesn't doing don't down \
                during each either ever every few for from further get got had hadn't has hasn't have haven't having he \
                her here hers herself him himself his how however i i'm i've if in into is isn't it it's its itself just \
                let like me might more most much must my myself no nor not now of off on once one only or other others \
                our ours out over own per quite rather really same shall she should shouldn't since so some still such \
                than that that's the their theirs them themselves then there these they this those though through thus \
                to too under until up upon us used using very via was wasn't we were weren't what when where whether \
                which while who whom whose why will with within without won't would wouldn't yet you you're your yours",
    },
    Language {
        name: "German",
        words: "aber alle allem allen aller alles als also am an ander andere anderen anderer anderes auch auf aus bei \
                beim bin bis bist da dabei damit dann das dass dein deine dem den denn der des dessen deshalb die dies \
                diese diesem diesen dieser dieses doch dort du durch ein eine einem einen einer eines einige er es etwas \
                euch euer für gegen gewesen hab habe haben hat hatte hatten hier hin hinter ich ihm ihn ihnen ihr ihre \
                ihrem ihren ihrer im in indem ins ist jede jedem jeden jeder jedes jene jetzt kann kein keine keinem \
                keinen keiner können könnte machen man manche mehr mein meine meinem meinen meiner mich mir mit muss \
                nach nicht nichts noch nun nur ob oder ohne schon sehr sein seine seinem seinen seiner seit selbst sich \
                sie sind so solche soll sollte sondern sonst über um und uns unser unsere unter viel vom von vor war \
                waren warum was weil welche welchem welchen welcher wenn wer werde werden wie wieder will wir wird wo \
                wollen wurde wurden würde zu zum zur zwar zwischen",
    },
    Language {
        name: "French",
        words: "ai aient ainsi alors après as au aucun aucune aussi autre autres aux avaient avait avant avec avez avoir \
                ayant c'est car ce ceci cela celle celles celui ces cet cette ceux chaque chez comme comment dans de des \
                depuis donc dont du d'un d'une elle elles en encore entre es est et étaient était été êtes être eu eux \
                fait faire fois font il ils j'ai je la là le les leur leurs lors lui ma mais me même mêmes mes moi moins \
                mon n'est ne ni nos notre nous on ont ou où par parce pas pendant peu peut peuvent plus pour pourquoi \
                qu'il qu'elle qu'un quand que quel quelle quelles quels qui quoi sa sans se sera ses si soi son sont \
                sous sur ta te tes toi ton tous tout toute toutes très tu un une vers vos votre vous y",
    },
    Language {
        name: "Spanish",
        words: "a al algo alguna algunas alguno algunos ante antes aquel aquella así aunque cada como con contra cual \
                cuando de del desde donde durante e el él ella ellas ellos en entre era eran es esa esas ese eso esos \
                esta está están estas este esto estos fue fueron ha había han hasta hay la las le les lo los más me mi \
                mientras mis mucho muchos muy nada ni no nos nosotros nuestra nuestro o os otra otras otro otros para \
                pero poco por porque que qué quien quienes se sea según ser será si sí sido siempre sin sino sobre son \
                su sus también tanto te tiene tienen toda todas todo todos tras tu tus un una unas uno unos usted y ya \
                yo",
    },
    Language {
        name: "Italian",
        words: "a ad agli ai al alla alle allo anche ancora avere aveva avevano c'è che chi ci ciò come con contro cosa \
                cui da dagli dai dal dalla dalle dallo degli dei del dell'anno della delle dello di dopo dove due e è ed \
                era erano essere fa fra fu gli ha hai hanno ho i il in io la le lei li lo loro lui ma me mentre mi mia \
                mie mio molto ne negli nei nel nella nelle nello noi non nostra nostro o ogni oltre per perché però più \
                poi prima quale quali quando quanto quella quelle quelli quello questa queste questi questo qui se \
                sempre senza si sia siamo sono sotto sta stata stati stato su sua sue sugli sui sul sulla sulle suo \
                suoi tra tu tutti tutto un un'altra una uno vi voi",
    },
    Language {
        name: "Portuguese",
        words: "a à ainda ao aos aquela aquele aquilo as às até cada com como contra da das de dela dele deles depois do \
                dos e é ela elas ele eles em entre era eram essa essas esse esses esta está estão estas este estes eu \
                foi foram há isso isto já lhe lhes mais mas me mesmo meu meus minha muito na nas não nem no nos nós \
                nossa nosso num numa o os ou outra outras outro outros para pela pelas pelo pelos pode por porque qual \
                quando que quem são se sem ser será seu seus só sob sobre sua suas também tem têm tendo ter teu toda \
                todas todo todos tu tua um uma umas uns você vocês",
    },
    Language {
        name: "Dutch",
        words: "aan al alle alleen als alsof altijd andere ben bij daar daarom dan dat de den der deze die dit doch doen \
                door dus een eens en er ge geen haar had hadden heb hebben heeft hem het hier hij hoe hun iets ik in is \
                ja je jij kan kon kunnen maar me meer men met mij mijn moet moeten na naar niet niets nog nu of om omdat \
                onder ons onze ook op over reeds te tegen toch toen tot u uit uw van veel voor waar want waren was wat \
                we wel werd werden wezen wie wij wil worden wordt zal ze zelf zich zij zijn zo zonder zou",
    },
    Language {
        name: "Chinese",
        words: "的 了 和 是 在 我 有 他 这 中 大 来 上 个 到 说 们 为 子 你 地 出 也 时 要 就 可以 可 会 不 \
                与 及 或 而 但 但是 被 把 对 对于 从 以 以及 之 其 其中 该 此 那 这个 那个 这些 那些 这样 一个 \
                一种 一些 一 没有 没 已 已经 还 还是 都 很 更 最 将 让 给 向 于 由 由于 因为 因此 所以 如果 则 \
                等 得 着 过 去 下 后 前 里 吗 呢 吧 啊 我们 你们 他们 她 它 它们 自己 什么 怎么 如何 为什么 谁 \
                哪 哪里 多 少 年 月 日 又 再 只 能 能够 应该 通过 进行 并 并且 用 使 作为 之间 关于 根据 按 至 \
                比 像 当 每 各 某 非常 這 個 來 說 們 為 時 會 對 從 這個 那個 這些 一個 沒有 已經 還 還是 將 \
                讓 給 於 由於 因為 則 過 後 裡 嗎 我們 你們 他們 它們 什麼 怎麼 與 並 進行 通過",
    },
    Language {
        name: "Japanese",
        words: "の に は を た が で て と し れ さ も な い か へ や ね よ ば ず う だ り る ま お ご せ \
                ん ある いる する いう なる できる から こと として ため など よう もの また この その あの どの これ \
                それ あれ どれ ここ そこ ない なく なっ だっ でき です ます した して ました ません でした まし ませ \
                という により による における において について に対して にて より まで だけ しか ほど ながら けど けれど \
                しかし そして それから または および ので のに なら たら れる られ られる せる させる しよ しれ でも \
                では には とは ても さん 私 僕 彼 彼女 何 中 後 前 上 的 者 一 二 三 年 月 日 時",
    },
    Language {
        name: "Korean",
        words: "그 이 저 것 수 등 및 또는 그리고 그러나 하지만 그래서 따라서 때문에 위해 위한 대한 대해 통해 있는 \
                있다 없는 없다 하는 한다 했다 하고 하여 된다 되는 되어 됐다 이런 그런 저런 이것 그것 저것 우리 나 너 \
                저는 나는 우리는 매우 더 가장 모든 어떤 많은 같은 다른 또 다시 함께 아주 정말 잘 안 못 있습니다 \
                없습니다 합니다 했습니다 됩니다 입니다 이다 아니다 여기 거기 어디 무엇 누구 언제 왜 어떻게",
    },
    Language {
        name: "Thai",
        words: "ที่ และ ใน การ ของ เป็น มี ได้ ให้ ว่า จะ ไม่ กับ ความ แต่ \
                จาก โดย ก็ นี้ นั้น คือ หรือ ซึ่ง อยู่ ไป มา แล้ว ต้อง ด้วย \
                ถึง เพื่อ ผู้ คน เขา เรา ฉัน ผม คุณ มัน พวก เมื่อ ถ้า เพราะ \
                อย่าง ทำ กัน ขึ้น ลง ออก เข้า ยัง อีก มาก ทุก หนึ่ง ทั้ง ต่อ \
                ตาม แก่ แห่ง นัก ระหว่าง ตั้งแต่ สำหรับ จึง ค่ะ ครับ คะ นะ \
                อะไร ใคร ไหน อย่างไร ทำไม เท่านั้น เช่น อื่น บาง หลาย กว่า \
                ที่สุด เคย กำลัง ควร อาจ สามารถ ถูก ใช้ ไว้ ก่อน หลัง แบบ",
    },
];
