//! Words that say nothing about a subject, in seven languages.

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

pub(super) static LANGUAGES: [Language; 7] = [
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
];
